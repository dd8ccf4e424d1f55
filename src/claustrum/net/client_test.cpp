// SPDX-License-Identifier: Apache-2.0
// The client against servers that stream, cut, stall and lie.
#include <poll.h>

#include <chrono>
#include <thread>

#include "claustrum/net/http.h"
#include "claustrum/net/socket.h"

namespace claustrum::net {
namespace {

using namespace std::chrono_literals;

// Answers one connection with fixed pieces, each sent after the one before was read or 20 ms.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> pieces, bool hold = false)
      : listener_(std::move(Listener::open(*Endpoint::parse("http://127.0.0.1:0"), 0600)).value()),
        thread_([this, pieces = std::move(pieces), hold] { run(pieces, hold); }) {}
  const Endpoint& endpoint() const { return listener_.endpoint(); }
  const std::string& request() {
    thread_.join();
    return request_;
  }

 private:
  void run(const std::vector<std::string>& pieces, bool hold) {
    ASSERT_TRUE(wait_for(listener_.descriptor(), POLLIN, Deadline::after_ms(5000)).ok());
    auto socket = listener_.accept();
    ASSERT_TRUE(socket.has_value());
    Bytes buffer(65536);
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const auto got = socket->read_some(buffer, Deadline::after_ms(5000));
      ASSERT_TRUE(got.ok() && *got > 0);
      request_ += as_text(BytesView(buffer).first(*got));
    }
    for (const std::string& piece : pieces) {
      ASSERT_TRUE(socket->write_all(as_bytes(piece), 5000).ok());
      std::this_thread::sleep_for(20ms);
    }
    if (hold) {
      const auto ended = socket->read_some(buffer, Deadline::after_ms(5000));
      ASSERT_TRUE(!ended.ok() || *ended == 0);
    }
  }

  Listener listener_;
  std::string request_;
  std::jthread thread_;
};

constexpr const char* kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(NetClient, DeliversPiecesAsTheyArrive) {
  ScriptedServer server({kChunkedHead, "3\r\nabc\r\n", "2\r\nde\r\n", "0\r\n\r\n"});
  auto incoming = send_streaming(server.endpoint(), {"GET", "/s", {{"X-A", "b"}}, {}});
  ASSERT_TRUE(incoming.ok()) << incoming.error().message();
  EXPECT_EQ(incoming->status(), 200);
  std::vector<std::string> pieces;
  for (;;) {
    const auto piece = incoming->read();
    ASSERT_TRUE(piece.ok());
    if (!piece->has_value()) {
      break;
    }
    pieces.emplace_back(as_text(**piece));
  }
  EXPECT_EQ(pieces, (std::vector<std::string>{"abc", "de"}));
  EXPECT_EQ(server.request(), "GET /s HTTP/1.1\r\nHost: " + server.endpoint().text().substr(7) +
                                  "\r\nX-A: b\r\nConnection: close\r\n\r\n");
}

TEST(NetClient, ReadsBodiesDelimitedByLengthAndByClose) {
  ScriptedServer length({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "abc"}, true);
  EXPECT_EQ(as_text(send(length.endpoint(), {})->body), "abc");
  ScriptedServer close({"HTTP/1.0 200 OK\r\n\r\n", "ab", "c"});
  EXPECT_EQ(as_text(send(close.endpoint(), {})->body), "abc");
}

TEST(NetClient, CutBodiesAreErrors) {
  for (const std::vector<std::string>& script :
       {std::vector<std::string>{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"},
        std::vector<std::string>{kChunkedHead, "3\r\nabc\r\n"},
        std::vector<std::string>{kChunkedHead, "3\r\nab"},
        std::vector<std::string>{"HTTP/1.1 200"}}) {
    ScriptedServer server(script);
    const auto answer = send(server.endpoint(), {});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::kUnavailable);
    EXPECT_EQ(answer.error().reason(), "net.truncated");
  }
}

TEST(NetClient, StaysFailedAfterACut) {
  ScriptedServer server({kChunkedHead, "3\r\nabc\r\n"});
  auto incoming = send_streaming(server.endpoint(), {});
  ASSERT_TRUE(incoming.ok());
  ASSERT_TRUE(incoming->read().ok());
  EXPECT_EQ(incoming->read().error().reason(), "net.truncated");
  EXPECT_EQ(incoming->read().error().reason(), "net.truncated");
}

TEST(NetClient, TimesOutOnSilence) {
  ScriptedServer server({kChunkedHead, "3\r\nabc\r\n"}, true);
  ClientOptions options;
  options.idle_timeout_ms = 150;
  const auto answer = send(server.endpoint(), {}, options);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().reason(), "net.timeout");
}

TEST(NetClient, GivesUpSoonWhenTheAnswerIsNotWanted) {
  ScriptedServer server({kChunkedHead, "1\r\na\r\n"}, true);
  bool unwanted = false;
  ClientOptions options;
  options.cancelled = [&unwanted] { return unwanted; };
  auto incoming = send_streaming(server.endpoint(), {}, options);
  ASSERT_TRUE(incoming.ok());
  ASSERT_TRUE(incoming->read().ok());
  unwanted = true;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(incoming->read().error().reason(), "net.cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(NetClient, AskingDoesNotShortenTheIdleTimeout) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"}, true);
  ClientOptions options;
  options.idle_timeout_ms = 350;
  int asked = 0;
  options.cancelled = [&asked] {
    ++asked;
    return false;
  };
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(send(server.endpoint(), {}, options).error().reason(), "net.timeout");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 350ms);
  EXPECT_GE(asked, 3);
}

TEST(NetClient, BoundsAnswers) {
  ClientOptions options;
  options.max_body_bytes = 10;
  options.max_header_bytes = 200;
  ScriptedServer body({"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"});
  EXPECT_EQ(send(body.endpoint(), {}, options).error().reason(), "net.body_limit");
  ScriptedServer head({"HTTP/1.1 200 OK\r\nX: " + std::string(300, 'y') + "\r\n\r\n"});
  EXPECT_EQ(send(head.endpoint(), {}, options).error().reason(), "net.header_limit");
}

TEST(NetClient, ReportsRefusedConnections) {
  Endpoint gone;
  {
    const auto listener = Listener::open(*Endpoint::parse("http://127.0.0.1:0"), 0600);
    gone = listener->endpoint();
  }
  EXPECT_EQ(send(gone, {}).error().reason(), "net.connect");
  EXPECT_EQ(send(*Endpoint::parse("unix:/nonexistent/x.sock"), {}).error().reason(), "net.connect");
}

TEST(NetClient, TakesAnEarlyAnswerToAHalfSentRequest) {
  ServerOptions options;
  options.endpoint = *Endpoint::parse("http://127.0.0.1:0");
  options.max_body_bytes = 1000;
  auto server = Server::start(options, [](const Request&, ResponseWriter&) {});
  ASSERT_TRUE(server.ok());
  const auto answer = send((*server)->endpoint(), {"POST", "/", {}, Bytes(4 * 1024 * 1024)});
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
}

}  // namespace
}  // namespace claustrum::net
