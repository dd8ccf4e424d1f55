// SPDX-License-Identifier: Apache-2.0
// The server on real sockets: limits, deadlines, leaving peers, stopping.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "claustrum/net/http.h"
#include "claustrum/net/socket.h"

namespace claustrum::net {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

ServerOptions loopback() {
  ServerOptions options;
  options.endpoint = *Endpoint::parse("http://127.0.0.1:0");
  return options;
}

std::unique_ptr<Server> started(const ServerOptions& options, Handler handler) {
  auto server = Server::start(options, std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().message();
  return std::move(server).value();
}

// A client that says exactly what it is told.
class RawClient {
 public:
  explicit RawClient(const Endpoint& to)
      : socket_(std::move(Socket::connect(to, Deadline::after_ms(2000))).value()) {}
  void say(std::string_view text) { EXPECT_TRUE(socket_.write_all(as_bytes(text), 2000).ok()); }
  Status try_say(std::string_view text) { return socket_.write_all(as_bytes(text), 2000); }
  // Until `end` was seen or the server closed.
  std::string hear(std::string_view end = {}) {
    std::string out;
    Bytes buffer(4096);
    while (end.empty() || out.find(end) == std::string::npos) {
      const auto got = socket_.read_some(buffer, Deadline::after_ms(5000));
      if (!got.ok() || *got == 0) {
        break;
      }
      out += as_text(BytesView(buffer).first(*got));
    }
    return out;
  }
  Socket& socket() { return socket_; }

 private:
  Socket socket_;
};

void echo(const Request& request, ResponseWriter& writer) {
  Response response;
  response.headers.add("X-Target", request.target);
  response.body = request.body;
  EXPECT_TRUE(writer.respond(response).ok());
}

TEST(NetServer, AnswersOverTcpAndUnix) {
  ServerOptions options = loopback();
  const auto tcp = started(options, echo);
  const std::string path = testing::TempDir() + "net_" + std::to_string(::getpid()) + ".sock";
  options.endpoint = *Endpoint::parse("unix:" + path);
  const auto local = started(options, echo);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  for (const Endpoint& to : {tcp->endpoint(), local->endpoint()}) {
    const auto answer = send(to, {"POST", "/x?y", {}, to_bytes("hello")});
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(as_text(answer->body), "hello");
    EXPECT_EQ(answer->headers.find("x-target"), "/x?y");
  }
  local->stop();
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(NetServer, ReplacesADeadUnixSocketButNotALiveOneOrAFile) {
  const std::string path = testing::TempDir() + "net2_" + std::to_string(::getpid()) + ".sock";
  ServerOptions options;
  options.endpoint = *Endpoint::parse("unix:" + path);
  const auto live = started(options, echo);
  const auto second = Server::start(options, echo);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::kConflict);
  live->stop();
  FILE* file = ::fopen(path.c_str(), "w");
  ::fclose(file);
  EXPECT_FALSE(Server::start(options, echo).ok());
  ::unlink(path.c_str());
  {
    auto dead = Listener::open(options.endpoint, 0600);
    ASSERT_TRUE(dead.ok());
    // As after a crash: the file stays when only the descriptor goes.
    ASSERT_EQ(::link(path.c_str(), (path + ".keep").c_str()), 0);
  }
  ASSERT_EQ(::rename((path + ".keep").c_str(), path.c_str()), 0);
  EXPECT_TRUE(Server::start(options, echo).ok());
}

TEST(NetServer, KeepsConnectionsAliveAndTakesPipelinedRequests) {
  const auto server = started(loopback(), echo);
  RawClient client(server->endpoint());
  client.say("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.hear("/2").find("/1"), std::string::npos);
  client.say("GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string last = client.hear();
  EXPECT_NE(last.find("/3"), std::string::npos);
  EXPECT_NE(last.find("Connection: close"), std::string::npos);
}

TEST(NetServer, ClosesAfterHttp10) {
  const auto server = started(loopback(), [](const Request&, ResponseWriter& writer) {
    EXPECT_TRUE(writer.start(200, {}).ok());
    EXPECT_TRUE(writer.write(as_bytes("abc")).ok());
    EXPECT_TRUE(writer.finish().ok());
  });
  RawClient client(server->endpoint());
  client.say("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.hear(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
}

TEST(NetServer, AnswersExpectContinue) {
  const auto server = started(loopback(), echo);
  RawClient client(server->endpoint());
  client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("abc");
  EXPECT_NE(client.hear("abc").find("200 OK"), std::string::npos);
}

TEST(NetServer, RefusesWhatTheParserRefuses) {
  ServerOptions options = loopback();
  options.max_body_bytes = 1000;
  options.max_header_bytes = 1000;
  std::atomic<int> handled = 0;
  const auto server =
      started(options, [&](const Request&, ResponseWriter&) { handled.fetch_add(1); });
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
       "HTTP/1.1 413"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'y'), "HTTP/1.1 431"},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "HTTP/1.1 400"},
      {"garbage\r\n\r\n", "HTTP/1.1 400"},
  };
  for (const auto& [request, expected] : cases) {
    RawClient client(server->endpoint());
    client.say(request);
    client.socket().shutdown_write();
    const std::string answer = client.hear();
    EXPECT_TRUE(answer.starts_with(expected)) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(handled.load(), 0);
}

TEST(NetServer, CutsOffSlowHeadsAndBodies) {
  ServerOptions options = loopback();
  options.header_timeout_ms = 200;
  options.body_timeout_ms = 200;
  const auto server = started(options, echo);
  for (const char* start :
       {"GET / HTT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1"}) {
    RawClient client(server->endpoint());
    client.say(start);
    std::jthread drip([&](const std::stop_token& stop) {
      while (!stop.stop_requested() && client.try_say("x").ok()) {
        std::this_thread::sleep_for(50ms);
      }
    });
    const auto begin = SteadyClock::now();
    EXPECT_TRUE(client.hear().starts_with("HTTP/1.1 408")) << start;
    EXPECT_LT(SteadyClock::now() - begin, 3s);
  }
  RawClient idle(server->endpoint());
  EXPECT_EQ(idle.hear(), "");  // nothing was asked, nothing is said
}

// A handler that answers when it is told to.
struct Gate {
  std::atomic<int> waiting = 0;
  std::atomic<bool> open = false;
  Handler handler() {
    return [this](const Request& request, ResponseWriter& writer) {
      ++waiting;
      while (!open.load() && request.path() != "/free") {
        std::this_thread::sleep_for(1ms);
      }
      --waiting;
      echo(request, writer);
    };
  }
  void wait_for(int count) {
    while (waiting.load() < count) {
      std::this_thread::sleep_for(1ms);
    }
  }
};

TEST(NetServer, SaysBusyWhereAllItsConnectionsAreBeingAnswered) {
  ServerOptions options = loopback();
  options.max_connections = 2;
  Gate gate;
  const auto server = started(options, gate.handler());
  RawClient first(server->endpoint());
  RawClient second(server->endpoint());
  first.say("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  second.say("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.wait_for(2);
  const auto busy = send(server->endpoint(), {"GET", "/free", {}, {}});
  gate.open.store(true);
  ASSERT_TRUE(busy.ok()) << busy.error().message();
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->headers.find("retry-after"), "1");
  EXPECT_NE(first.hear("/1").find("200"), std::string::npos);
  EXPECT_NE(second.hear("/2").find("200"), std::string::npos);
  const auto again = send(server->endpoint(), {"GET", "/4", {}, {}});
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->status, 200);
}

TEST(NetServer, ThePeerThatIsLongestWithoutARequestMakesRoom) {
  ServerOptions options = loopback();
  options.max_connections = 2;
  const auto server = started(options, echo);
  RawClient slow(server->endpoint());
  slow.say("GET /slow HT");
  RawClient slower(server->endpoint());
  slower.say("POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1");
  const auto answer = send(server->endpoint(), {"GET", "/3", {}, {}});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(slow.hear(), "");
  slower.say("23456789");
  EXPECT_NE(slower.hear("123456789").find("200"), std::string::npos);
}

ServerOptions selective() {
  ServerOptions options = loopback();
  options.admit = [](const Request& head) -> Admission {
    if (head.path() == "/none") {
      return Response{404, {}, to_bytes("none")};
    }
    return std::size_t{4};
  };
  return options;
}

TEST(NetServer, AnswersByTheHeadAloneWhatTakesNoBody) {
  const auto server = started(selective(), echo);
  RawClient client(server->endpoint());
  client.say("POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  client.socket().shutdown_write();
  const std::string text = client.hear();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 404")) << text;
  EXPECT_NE(text.find("Connection: close"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("none")) << text;
}

TEST(NetServer, ABodyIsNoLongerThanItsPathAllows) {
  const auto server = started(selective(), echo);
  const auto fits = send(server->endpoint(), {"POST", "/some", {}, to_bytes("1234")});
  ASSERT_TRUE(fits.ok()) << fits.error().message();
  EXPECT_EQ(as_text(fits->body), "1234");
  const auto longer = send(server->endpoint(), {"POST", "/some", {}, to_bytes("12345")});
  ASSERT_TRUE(longer.ok()) << longer.error().message();
  EXPECT_EQ(longer->status, 413);
}

TEST(NetServer, HoldsABoundedNumberOfBytesForAllConnectionsTogether) {
  ServerOptions options = loopback();
  options.max_pending_bytes = 10;
  Gate gate;
  const auto server = started(options, gate.handler());
  RawClient first(server->endpoint());
  first.say("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n123456");
  gate.wait_for(1);
  const auto second = send(server->endpoint(), {"POST", "/free", {}, to_bytes("123456")});
  gate.open.store(true);
  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_EQ(second->status, 503);
  EXPECT_NE(first.hear("123456").find("200"), std::string::npos);
  first.socket().shutdown_both();
  const auto later = send(server->endpoint(), {"POST", "/3", {}, to_bytes("1234")});
  ASSERT_TRUE(later.ok()) << later.error().message();
  EXPECT_EQ(later->status, 200);
}

TEST(NetServer, ServesManyClientsAtOnce) {
  const auto server = started(loopback(), echo);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&, i] {
        for (int j = 0; j < 8; ++j) {
          const Bytes body(static_cast<std::size_t>(i * 1000 + j), static_cast<std::uint8_t>(i));
          const auto answer = send(server->endpoint(), {"POST", "/", {}, body});
          good += answer.ok() && answer->body == body ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(good.load(), 16 * 8);
}

TEST(NetServer, TellsAHandlerThatItsPeerLeft) {
  std::atomic<bool> noticed = false;
  const auto server = started(loopback(), [&](const Request&, ResponseWriter& writer) {
    EXPECT_FALSE(writer.peer_gone());
    EXPECT_TRUE(writer.start(200, {}).ok());
    for (int i = 0; i < 500 && !writer.peer_gone(); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    noticed = writer.peer_gone();
    Status sent;
    for (int i = 0; i < 100 && sent.ok(); ++i) {
      sent = writer.write(Bytes(100'000));
    }
    EXPECT_EQ(sent.error().reason(), "net.peer_gone");
  });
  {
    RawClient client(server->endpoint());
    client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.hear("\r\n\r\n");
  }
  server->stop();
  EXPECT_TRUE(noticed.load());
}

TEST(NetServer, StopsPromptlyWhileStreaming) {
  std::atomic<int> streaming = 0;
  const auto server = started(loopback(), [&](const Request&, ResponseWriter& writer) {
    EXPECT_TRUE(writer.start(200, {}).ok());
    streaming.fetch_add(1);
    while (writer.write(as_bytes("tick")).ok()) {
      std::this_thread::sleep_for(10ms);
    }
  });
  RawClient idle(server->endpoint());
  RawClient streamed(server->endpoint());
  streamed.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient unread(server->endpoint());
  unread.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (streaming.load() < 2) {
    std::this_thread::sleep_for(5ms);
  }
  const auto begin = SteadyClock::now();
  server->stop();
  EXPECT_LT(SteadyClock::now() - begin, 2s);
  EXPECT_EQ(streamed.hear().find("0\r\n\r\n"), std::string::npos);
  server->stop();  // twice is harmless
}

TEST(NetServer, RefusesAnswersOutOfOrder) {
  const auto server = started(loopback(), [](const Request& request, ResponseWriter& writer) {
    EXPECT_EQ(writer.write(as_bytes("x")).error().reason(), "net.answer_order");
    EXPECT_EQ(writer.finish().error().reason(), "net.answer_order");
    if (request.path() == "/silent") {
      return;
    }
    EXPECT_TRUE(writer.respond({204, {}, {}}).ok());
    EXPECT_EQ(writer.respond({}).error().reason(), "net.answer_order");
    EXPECT_EQ(writer.start(200, {}).error().reason(), "net.answer_order");
  });
  const auto answer = send(server->endpoint(), {"GET", "/", {}, {}});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 204);
  const auto silent = send(server->endpoint(), {"GET", "/silent", {}, {}});
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.error().reason(), "net.truncated");
}

TEST(NetServer, GivesNoBodyToHead) {
  const auto server = started(loopback(), [](const Request&, ResponseWriter& writer) {
    EXPECT_TRUE(writer.respond({200, {}, to_bytes("body")}).ok());
  });
  RawClient client(server->endpoint());
  client.say("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.hear(), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace claustrum::net
