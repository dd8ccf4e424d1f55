// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/service.h"

#include <gtest/gtest.h>

#include <thread>

namespace claustrum::engine {
namespace {

// Says the same tokens to everybody, or fails.
class FakeModel final : public Generator {
 public:
  std::vector<std::string> tokens = {"Hel", "lo", " wo", "rld"};
  std::optional<Error> error;
  std::size_t error_after = 0;  // tokens emitted before the error
  FinishReason finish = FinishReason::kStop;
  std::atomic<int> running{0};
  std::atomic<int> most_running{0};
  int delay_ms = 0;

  Result<Outcome> generate(const GenerationRequest&, const EmitToken& emit,
                           const Cancelled& cancelled) override {
    const int now = ++running;
    most_running = std::max(most_running.load(), now);
    Result<Outcome> outcome = speak(emit, cancelled);
    --running;
    return outcome;
  }

 private:
  Result<Outcome> speak(const EmitToken& emit, const Cancelled& cancelled) {
    Outcome outcome{finish, {5, 0}};
    for (const std::string& token : tokens) {
      if (error.has_value() &&
          static_cast<std::size_t>(outcome.usage.completion_tokens) == error_after) {
        return *error;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      ++outcome.usage.completion_tokens;
      if (!emit(token)) {
        return outcome;
      }
      if (cancelled()) {
        return Error(Code::kUnavailable, "engine.cancelled");
      }
    }
    return outcome;
  }
};

class FakeWriter final : public net::ResponseWriter {
 public:
  int status = 0;
  int answers = 0;
  std::string body;
  net::Headers headers;
  bool finished = false;
  std::size_t writes = 0;
  std::size_t gone_after = SIZE_MAX;  // writes

  Status respond(const net::Response& response) override {
    ++answers;
    status = response.status;
    headers = response.headers;
    body = as_text(response.body);
    return ok_status();
  }
  Status start(int code, const net::Headers& fields) override {
    ++answers;
    status = code;
    headers = fields;
    return ok_status();
  }
  Status write(BytesView chunk) override {
    if (peer_gone()) {
      return Error(Code::kUnavailable, "net.peer_gone");
    }
    ++writes;
    body += as_text(chunk);
    return ok_status();
  }
  Status finish() override {
    finished = true;
    return ok_status();
  }
  bool peer_gone() override { return writes >= gone_after; }
};

struct Bench {
  FakeModel model;
  FixedClock clock{Instant{100}};
  Service service{{"m", 1}, model, clock};

  FakeWriter ask(std::string_view path, std::string_view body, std::string_view method = "POST") {
    FakeWriter writer;
    service.handle(request(path, body, method), writer);
    return writer;
  }
  static net::Request request(std::string_view path, std::string_view body,
                              std::string_view method = "POST") {
    net::Request out;
    out.method = method;
    out.target = path;
    out.body = to_bytes(body);
    return out;
  }
};

constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::string_view kAsk = R"({"messages":[{"role":"user","content":"q"}]})";
constexpr std::string_view kAskStream =
    R"({"messages":[{"role":"user","content":"q"}],"stream":true,)"
    R"("stream_options":{"include_usage":true}})";

std::string string_in(const std::string& body, std::string_view key) {
  codec::JsonLimits limits;
  const auto json = codec::parse_json(body, limits);
  return json.ok() ? json->string_at(key).value() : std::string();
}

TEST(Service, AnswersHealthAndModels) {
  Bench bench;
  EXPECT_EQ(bench.ask("/health", "", "GET").body, R"({"status":"ok"})");
  const FakeWriter models = bench.ask("/v1/models", "", "GET");
  EXPECT_EQ(models.status, 200);
  EXPECT_NE(models.body.find(R"("id":"m")"), std::string::npos);
}

TEST(Service, AnswersAChatWhole) {
  Bench bench;
  const FakeWriter answer = bench.ask(kChat, kAsk);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("content":"Hello world")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("total_tokens":9)"), std::string::npos);
  EXPECT_EQ(string_in(answer.body, "id").substr(0, 9), "chatcmpl-");
}

TEST(Service, StreamsAChatAsEvents) {
  Bench bench;
  const FakeWriter answer = bench.ask(kChat, kAskStream);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.find("content-type"), "text/event-stream");
  EXPECT_TRUE(answer.finished);
  // role, four tokens, finish, usage, done
  EXPECT_EQ(answer.writes, 8U);
  EXPECT_EQ(answer.body.find("data: {"), 0U);
  const std::size_t role = answer.body.find(R"("role":"assistant")");
  const std::size_t first = answer.body.find(R"("content":"Hel")");
  const std::size_t finish = answer.body.find(R"("finish_reason":"stop")");
  const std::size_t usage = answer.body.find(R"("total_tokens":9)");
  EXPECT_TRUE(role < first && first < finish && finish < usage && usage < answer.body.size());
  EXPECT_EQ(answer.body.substr(answer.body.size() - kDoneEvent.size()), kDoneEvent);
}

TEST(Service, StopStringsEndTheAnswer) {
  Bench bench;
  bench.model.finish = FinishReason::kLength;
  const FakeWriter answer =
      bench.ask(kChat, R"({"messages":[{"role":"user","content":"q"}],"stop":"o w"})");
  EXPECT_NE(answer.body.find(R"("content":"Hell")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("finish_reason":"stop")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("completion_tokens":3)"), std::string::npos);
}

TEST(Service, APromptThatDoesNotFitIsA400EvenWhenStreaming) {
  Bench bench;
  bench.model.error = Error(Code::kExhausted, "engine.context", "too long");
  for (const std::string_view body : {kAsk, kAskStream}) {
    const FakeWriter answer = bench.ask(kChat, body);
    EXPECT_EQ(answer.answers, 1);
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("context_length_exceeded"), std::string::npos);
  }
}

TEST(Service, AFailureInMidStreamIsAnEventWithoutDone) {
  Bench bench;
  bench.model.error = Error(Code::kInternal, "engine.decode", "failed");
  bench.model.error_after = 2;
  const FakeWriter answer = bench.ask(kChat, kAskStream);
  EXPECT_EQ(answer.answers, 1);
  EXPECT_NE(answer.body.find(R"("error":)"), std::string::npos);
  EXPECT_EQ(answer.body.find("[DONE]"), std::string::npos);
}

TEST(Service, StopsWhenTheClientIsGone) {
  Bench bench;
  FakeWriter writer;
  writer.gone_after = 2;
  bench.service.handle(Bench::request(kChat, kAskStream), writer);
  EXPECT_EQ(writer.writes, 2U);
  EXPECT_EQ(bench.model.running, 0);
  // The turn was given back.
  EXPECT_EQ(bench.ask(kChat, kAsk).status, 200);
}

TEST(Service, RefusesOtherPathsAndMethods) {
  Bench bench;
  EXPECT_EQ(bench.ask("/metrics", "", "GET").status, 404);
  EXPECT_EQ(bench.ask("/slots", "", "GET").status, 404);
  EXPECT_EQ(bench.ask(kChat, "", "GET").status, 404);
  EXPECT_EQ(bench.ask("/v1/chat/completions/", kAsk).status, 404);
  EXPECT_EQ(bench.ask(kChat, "{").status, 400);
}

TEST(Service, RunsOneRequestAtATimeAndRefusesBeyondTheQueue) {
  Bench bench;  // one may wait
  bench.model.delay_ms = 40;
  std::atomic<int> served{0};
  std::atomic<int> busy{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      const FakeWriter answer = bench.ask(kChat, kAsk);
      served += answer.status == 200 ? 1 : 0;
      busy += answer.status == 503 && answer.headers.find("Retry-After") == "1" ? 1 : 0;
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(bench.model.most_running, 1);
  EXPECT_GE(served, 2);
  EXPECT_EQ(served + busy, 4);
}

TEST(Service, StopEndsARunningGeneration) {
  Bench bench;
  bench.service.stop();
  EXPECT_EQ(bench.ask(kChat, kAsk).status, 503);
}

TEST(Turnstile, AWaitingCallerMayGiveUp) {
  Turnstile turnstile(2);
  ASSERT_TRUE(turnstile.enter([] { return false; }).ok());
  const Status given_up = turnstile.enter([] { return true; });
  ASSERT_FALSE(given_up.ok());
  EXPECT_EQ(given_up.error().reason(), "engine.cancelled");
  turnstile.leave();
  EXPECT_TRUE(turnstile.enter([] { return false; }).ok());
  turnstile.leave();
}

}  // namespace
}  // namespace claustrum::engine
