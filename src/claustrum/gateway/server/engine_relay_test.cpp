// SPDX-License-Identifier: Apache-2.0
// What an observer of ciphertext sees of streamed and whole answers, and what happens when engine
// or client leave in the middle.
#include "claustrum/gateway/server/engine_relay.h"

#include "claustrum/gateway/server/test_gateway.h"
#include "claustrum/net/socket.h"

namespace claustrum::gateway {
namespace {

using namespace std::chrono_literals;
using document::Outcome;
using test::Ask;
using test::Reply;
using test::Scene;

constexpr std::size_t kTag = 16;
constexpr std::size_t kBlock = 512;

void start_events(net::ResponseWriter& out) {
  (void)out.start(200, {{"Content-Type", "text/event-stream"}});
}

// One event of each length, some milliseconds apart.
net::Handler tokens(std::vector<std::size_t> lengths, std::chrono::milliseconds pause) {
  return [lengths = std::move(lengths), pause](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    for (const std::size_t length : lengths) {
      (void)out.write(as_bytes("data: " + std::string(length, 't') + "\n\n"));
      std::this_thread::sleep_for(pause);
    }
    (void)out.write(as_bytes("data: [DONE]\n\n"));
    (void)out.finish();
  };
}

std::string all_events(const std::vector<std::size_t>& lengths) {
  std::string out;
  for (const std::size_t length : lengths) {
    out += "data: " + std::string(length, 't') + "\n\n";
  }
  return out + "data: [DONE]\n\n";
}

// The sealed chunks of a stream between its head and its end.
std::vector<std::size_t> middle(const Reply& reply) {
  return {reply.chunks.begin() + 1, reply.chunks.end() - 1};
}

TEST(EngineRelay, EveryChunkOfAStreamHasOneSizeWhateverItsTokens) {
  std::set<std::size_t> sizes, ends;
  for (const std::vector<std::size_t>& lengths : std::vector<std::vector<std::size_t>>{
           {1, 1, 1, 1, 1, 1}, {1, 200, 3, 90, 2, 170}, {}, {250, 250, 250, 250}}) {
    Scene scene(tokens(lengths, 25ms));
    Ask ask;
    ask.document = scene.document();
    const Reply reply = scene.send(ask);
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content, all_events(lengths));
    EXPECT_EQ(scene.receipt(ask, reply).outcome, Outcome::kComplete);
    for (const std::size_t size : middle(reply)) {
      sizes.insert(size);
    }
    ends.insert(reply.chunks.back());
    EXPECT_EQ((reply.chunks.back() - kTag) % kBlock, 0U);
  }
  EXPECT_EQ(sizes.size(), 1U) << "token lengths show";
  EXPECT_EQ(*sizes.begin(), channel::encode_bhttp_content(Bytes(kBlock)).size() + kTag);
  EXPECT_EQ(ends.size(), 1U);
}

TEST(EngineRelay, ABurstLeavesInWholeBlocks) {
  const std::vector<std::size_t> lengths(40, 300);
  Scene scene(tokens(lengths, 0ms));
  const Reply reply = scene.send();
  EXPECT_EQ(reply.content, all_events(lengths));
  EXPECT_EQ(reply.wire.size() % kBlock, 0U);
}

TEST(EngineRelay, TicksGoOnWhileTheEngineThinks) {
  Scene scene([](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    (void)out.write(as_bytes("data: a\n\n"));
    std::this_thread::sleep_for(400ms);
    (void)out.write(as_bytes("data: b\n\n"));
    (void)out.finish();
  });
  const Reply reply = scene.send();
  EXPECT_EQ(reply.content, "data: a\n\ndata: b\n\n");
  EXPECT_GE(middle(reply).size(), 15U);
}

// 8 unless the machine was so busy that the engine took longer; then the next even number.
void expect_bucket(std::size_t blocks) {
  EXPECT_GE(blocks, 8U);
  EXPECT_EQ(blocks % 2, 0U) << blocks;
}

TEST(EngineRelay, TheNumberOfBlocksIsABucket) {
  for (std::size_t n = 1; n <= 4; ++n) {
    Scene scene(tokens(std::vector<std::size_t>(n, 20), 10ms));
    expect_bucket(middle(scene.send()).size());
  }
}

TEST(EngineRelay, FillerComesAtThePaceOfTicks) {
  ServiceOptions options;
  Scene scene(tokens({}, 0ms), options);
  const auto begin = std::chrono::steady_clock::now();
  const Reply reply = scene.send();
  expect_bucket(middle(reply).size());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 75ms)
      << "a burst shows where the answer ends";
}

TEST(EngineRelay, CommentsOfTheEngineAreNotContent) {
  Scene scene([](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    (void)out.write(as_bytes(": ping\n\ndata: a\n\n:x\n"));
    (void)out.finish();
  });
  Ask ask;
  ask.document = scene.document();
  const Reply reply = scene.send(ask);
  EXPECT_EQ(reply.content, "\ndata: a\n\n");
  (void)scene.receipt(ask, reply);
}

TEST(EngineRelay, WholeAnswersShowOnlyTheirBucket) {
  std::set<std::size_t> shown;
  for (std::size_t length = 0; length < 250; length += 10) {
    Scene scene([&](const net::Request&, net::ResponseWriter& out) {
      (void)out.respond(test::json_answer(std::string(length, 'x')));
    });
    const Reply reply = scene.send();
    EXPECT_EQ(reply.content, std::string(length, 'x'));
    ASSERT_EQ(reply.chunks.size(), 1U);
    const std::size_t size = reply.chunks[0] - kTag;
    EXPECT_EQ(size, channel::padded_len(size));
    shown.insert(size);
  }
  EXPECT_LE(shown.size(), 6U) << "lengths show";
}

TEST(EngineRelay, LongAnswersAreCutIntoFullChunks) {
  for (const std::size_t length : {16'384U, 50'000U, 200'000U}) {
    Scene scene([&](const net::Request&, net::ResponseWriter& out) {
      (void)out.respond(test::json_answer(std::string(length, 'x')));
    });
    Ask ask;
    ask.document = scene.document();
    const Reply reply = scene.send(ask);
    EXPECT_EQ(reply.content.size(), length);
    (void)scene.receipt(ask, reply);
    std::size_t total = 0;
    for (std::size_t i = 0; i < reply.chunks.size(); ++i) {
      total += reply.chunks[i] - kTag;
      if (i + 1 < reply.chunks.size()) {
        EXPECT_EQ(reply.chunks[i], channel::kMaxChunkPlaintext + kTag);
      }
    }
    EXPECT_EQ(total, channel::padded_len(total));
  }
}

TEST(EngineRelay, TheEnginesRefusalIsAnAnswerToo) {
  Scene scene([](const net::Request&, net::ResponseWriter& out) {
    (void)out.respond(test::json_answer(R"({"error":{"code":"x"}})", 400));
  });
  Ask ask;
  ask.document = scene.document();
  const Reply reply = scene.send(ask);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(scene.receipt(ask, reply).outcome, Outcome::kComplete);
}

TEST(EngineRelay, OnlyTwoContentTypesLeaveTheEngine) {
  for (const char* type : {"text/html", "application/json5", "TEXT/EVENT-STREAM", ""}) {
    Scene scene([type](const net::Request&, net::ResponseWriter& out) {
      (void)out.respond({200, {{"Content-Type", type}, {"X-Evil", "1"}}, to_bytes("<script>")});
    });
    Ask ask;
    ask.document = scene.document();
    const Reply reply = scene.send(ask);
    EXPECT_EQ(reply.status, 502) << type;
    EXPECT_EQ(reply.code(), "engine-failed");
    EXPECT_EQ(scene.receipt(ask, reply).outcome, Outcome::kEngineFailed);
  }
}

TEST(EngineRelay, OfTheEnginesHeadersNothingElseLeaves) {
  Scene scene([](const net::Request&, net::ResponseWriter& out) {
    (void)out.respond({200,
                       {{"Content-Type", "application/json; charset=utf-8; x=1"},
                        {"Set-Cookie", "a=b"},
                        {"X-Timing", "17"}},
                       to_bytes("{}")});
  });
  EXPECT_EQ(scene.send().headers, (channel::Fields{{"content-type", "application/json"}}));
}

TEST(EngineRelay, AnEngineThatDiesInAStreamIsOnTheReceipt) {
  Scene scene([](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    (void)out.write(as_bytes("data: a\n\ndata: half a li"));
    std::this_thread::sleep_for(50ms);  // and no end: the connection closes
  });
  Ask ask;
  ask.document = scene.document();
  const Reply reply = scene.send(ask);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content, "data: a\n\ndata: half a li");
  EXPECT_EQ(scene.receipt(ask, reply).outcome, Outcome::kEngineFailed);
}

TEST(EngineRelay, AnEngineThatGivesNoAnswerIsOnTheReceipt) {
  Scene silent([](const net::Request&, net::ResponseWriter&) {});
  Ask ask;
  ask.document = silent.document();
  const Reply reply = silent.send(ask);
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(silent.receipt(ask, reply).outcome, Outcome::kEngineFailed);

  // Half a whole answer is none.
  Scene half([](const net::Request&, net::ResponseWriter& out) {
    (void)out.start(200, {{"Content-Type", "application/json"}});
    (void)out.write(as_bytes("{\"half\":"));
  });
  Ask other;
  other.document = half.document();
  const Reply none = half.send(other);
  EXPECT_EQ(none.status, 502);
  EXPECT_EQ(none.content.find("half"), std::string::npos);
  EXPECT_EQ(half.receipt(other, none).outcome, Outcome::kEngineFailed);
}

// The options that a service does not choose, straight at the relay.
class BareRelay : public testing::Test {
 protected:
  struct Writer final : net::ResponseWriter {
    Status respond(const net::Response&) override { return ok_status(); }
    Status start(int, const net::Headers&) override { return ok_status(); }
    Status write(BytesView chunk) override {
      bytes += chunk.size();
      return ok_status();
    }
    Status finish() override { return ok_status(); }
    bool peer_gone() override { return false; }
    std::size_t bytes = 0;
  };

  template <typename T>
  static RelayOptions with(T RelayOptions::*member, T value) {
    RelayOptions out;
    out.*member = value;
    return out;
  }
  RelayResult run(net::Handler handler, RelayOptions options) {
    test::FakeEngine engine(std::move(handler));
    options.engine = engine.endpoint();
    options.tick_ms = 1;
    const auto key = channel::OhttpKey::generate(1);
    auto sealed = channel::seal_request(key->config(), as_bytes("x")).value();
    channel::ChunkedRequestOpener opener({key});
    EXPECT_TRUE(opener.feed(sealed.body).ok());
    auto opened = std::move(opener).finish();
    SealedAnswer answer(std::move(opened->sealer), writer);
    channel::BhttpRequest request;
    request.head = {"POST", "https", "", "/v1/completions", {}};
    return relay_to_engine(options, request, answer);
  }
  Writer writer;
};

TEST_F(BareRelay, AnEndlessStreamIsStopped) {
  const auto endless = [](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    while (out.write(as_bytes("data: " + std::string(1000, 'x') + "\n\n")).ok()) {
    }
  };
  const RelayResult result = run(endless, with(&RelayOptions::max_answer, std::size_t{100'000}));
  EXPECT_EQ(result.outcome, Outcome::kEngineFailed);
  EXPECT_GE(writer.bytes, 90'000U);
  EXPECT_LE(writer.bytes, 250'000U);
}

TEST_F(BareRelay, AnEndlessAnswerIsStopped) {
  const auto endless = [](const net::Request&, net::ResponseWriter& out) {
    (void)out.start(200, {{"Content-Type", "application/json"}});
    while (out.write(as_bytes(std::string(1000, ' '))).ok()) {
    }
  };
  EXPECT_EQ(run(endless, with(&RelayOptions::max_answer, std::size_t{100'000})).outcome,
            Outcome::kEngineFailed);
  EXPECT_EQ(writer.bytes, 0U);
}

TEST_F(BareRelay, AnAnswerThatOnlyTricklesIsStopped) {
  const auto trickle = [](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    while (out.write(as_bytes(": still here\n\n")).ok()) {
      std::this_thread::sleep_for(5ms);
    }
  };
  EXPECT_EQ(run(trickle, with(&RelayOptions::total_ms, 300)).outcome, Outcome::kEngineFailed);
}

TEST_F(BareRelay, ASilentEngineIsGivenUp) {
  const auto silent = [](const net::Request&, net::ResponseWriter& out) {
    start_events(out);
    while (!out.peer_gone()) {
      std::this_thread::sleep_for(5ms);
    }
  };
  EXPECT_EQ(run(silent, with(&RelayOptions::idle_ms, 200)).outcome, Outcome::kEngineFailed);
}

// A client that leaves: nobody waits for the engine's next word, which may take minutes.
class ClientLeaves : public testing::Test {
 protected:
  void expect_engine_is_told(net::Handler handler, bool read_some) {
    Scene scene([&](const net::Request& request, net::ResponseWriter& out) {
      handler(request, out);
      for (int i = 0; i < 500 && !out.peer_gone(); ++i) {
        std::this_thread::sleep_for(10ms);
      }
      told_ = out.peer_gone();
    });
    Ask ask;
    channel::SealedRequest sealed = scene.seal(ask);
    auto socket = net::Socket::connect(scene.server->endpoint(), net::Deadline::after_ms(2000));
    ASSERT_TRUE(socket.ok());
    const std::string head =
        "POST /claustrum/ohttp HTTP/1.1\r\nHost: x\r\nContent-Type: "
        "message/ohttp-chunked-req\r\nContent-Length: " +
        std::to_string(sealed.body.size()) + "\r\n\r\n";
    ASSERT_TRUE(socket->write_all(as_bytes(head), 1000).ok());
    ASSERT_TRUE(socket->write_all(sealed.body, 1000).ok());
    while (scene.engine.requests == 0) {
      std::this_thread::sleep_for(1ms);
    }
    if (read_some) {
      Bytes buffer(100);
      ASSERT_TRUE(socket->read_some(buffer, net::Deadline::after_ms(2000)).ok());
    }
    const auto left = std::chrono::steady_clock::now();
    { const net::Socket gone = std::move(socket).value(); }
    while (scene.engine.finished == 0) {
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(told_);
    EXPECT_LT(std::chrono::steady_clock::now() - left, 3s);
    for (int i = 0; i < 200 && scene.log.text().find("cut=1") == std::string::npos; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    EXPECT_NE(scene.log.text().find("serve.request complete=0 cut=1"), std::string::npos);
  }
  std::atomic<bool> told_ = false;
};

TEST_F(ClientLeaves, BeforeTheEngineAnswered) {
  expect_engine_is_told([](const net::Request&, net::ResponseWriter&) {}, false);
}

TEST_F(ClientLeaves, DuringAWholeAnswer) {
  expect_engine_is_told(
      [](const net::Request&, net::ResponseWriter& out) {
        (void)out.start(200, {{"Content-Type", "application/json"}});
        (void)out.write(as_bytes("{"));
      },
      false);
}

TEST_F(ClientLeaves, DuringAStream) {
  expect_engine_is_told(
      [](const net::Request&, net::ResponseWriter& out) {
        start_events(out);
        (void)out.write(as_bytes("data: a\n\n"));
      },
      true);
}

}  // namespace
}  // namespace claustrum::gateway
