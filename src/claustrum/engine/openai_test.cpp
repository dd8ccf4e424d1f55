// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/openai.h"

#include <gtest/gtest.h>

namespace claustrum::engine {
namespace {

using Kind = GenerationRequest::Kind;

constexpr std::string_view kFull =
    R"({"model":"m","messages":[{"role":"developer","content":"Be brief."},)"
    R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"name":"x"},)"
    R"({"role":"assistant","content":"c","refusal":null,"tool_calls":[]}],)"
    R"("stream":true,"stream_options":{"include_usage":true},"max_tokens":7,)"
    R"("max_completion_tokens":9,"temperature":0.5,"top_p":1,"seed":-1,"stop":["x","yz"],)"
    R"("n":1,"user":"u","presence_penalty":0.5,"frequency_penalty":-1,"logprobs":false,)"
    R"("response_format":{"type":"text"},"tools":[],"tool_choice":"none","logit_bias":{}})";

Result<GenerationRequest> chat(std::string_view body) {
  return parse_chat_request(as_bytes(body));
}

std::string chat_with(std::string_view member) {
  return R"({"messages":[{"role":"user","content":"q"}],)" + std::string(member) + "}";
}

void expect_refused(std::string_view body, Code code, std::string_view reason) {
  const auto parsed = chat(body);
  ASSERT_FALSE(parsed.ok()) << body;
  EXPECT_EQ(parsed.error().code(), code) << body;
  EXPECT_EQ(parsed.error().reason(), reason) << body;
}

TEST(ChatRequest, ReadsEveryHonouredMember) {
  const auto parsed = chat(kFull);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->kind, Kind::kChat);
  ASSERT_EQ(parsed->messages.size(), 3U);
  EXPECT_EQ(parsed->messages[0].role, "system");
  EXPECT_EQ(parsed->messages[1].content, "ab");
  EXPECT_EQ(parsed->messages[2].role, "assistant");
  EXPECT_TRUE(parsed->stream);
  EXPECT_TRUE(parsed->include_usage);
  EXPECT_EQ(parsed->max_tokens, 9);
  EXPECT_EQ(parsed->sampling.temperature, 0.5);
  EXPECT_EQ(parsed->sampling.top_p, 1.0);
  EXPECT_EQ(parsed->sampling.presence_penalty, 0.5);
  EXPECT_EQ(parsed->sampling.frequency_penalty, -1.0);
  EXPECT_TRUE(parsed->sampling.seed.has_value());
  EXPECT_EQ(parsed->stop, (std::vector<std::string>{"x", "yz"}));
}

TEST(ChatRequest, EveryPrefixIsMalformed) {
  for (std::size_t size = 0; size < kFull.size(); ++size) {
    EXPECT_FALSE(chat(kFull.substr(0, size)).ok()) << size;
  }
}

TEST(ChatRequest, RefusesWhatItWouldHaveToIgnore) {
  for (const char* member :
       {R"("n":2)", R"("logprobs":true)", R"("tools":[{"type":"function"}])",
        R"("response_format":{"type":"json_object"})", R"("top_k":5)", R"("logit_bias":{"1":2})",
        R"("prompt":"p")", R"("tool_choice":"auto")"}) {
    expect_refused(chat_with(member), Code::kUnsupported, "engine.request.parameter");
  }
}

TEST(ChatRequest, RefusesWrongTypesAndRanges) {
  for (const char* member :
       {R"("stream":1)", R"("temperature":"x")", R"("top_p":[])", R"("seed":0.5)",
        R"("max_tokens":"9")", R"("stop":3)", R"("stop":["a",1])", R"("model":3)"}) {
    expect_refused(chat_with(member), Code::kMalformed, "engine.request.type");
  }
  for (const char* member : {R"("temperature":2.1)", R"("temperature":-0.1)", R"("top_p":1.5)",
                             R"("max_tokens":0)", R"("max_tokens":2147483648)", R"("stop":"")",
                             R"("stop":["a","b","c","d","e"])", R"("presence_penalty":3)"}) {
    expect_refused(chat_with(member), Code::kMalformed, "engine.request.range");
  }
  expect_refused(chat_with(R"("stream_options":{"include_usage":true})"), Code::kMalformed,
                 "engine.request.stream_options");
}

TEST(ChatRequest, RefusesMessagesItCannotRead) {
  expect_refused(R"({})", Code::kMalformed, "engine.request.messages");
  expect_refused(R"({"messages":[]})", Code::kMalformed, "engine.request.messages");
  expect_refused(R"({"messages":["q"]})", Code::kMalformed, "engine.request.messages");
  expect_refused(R"([])", Code::kMalformed, "engine.request.body");
  expect_refused(R"({"messages":[{"content":"q"}]})", Code::kMalformed, "engine.request.role");
  expect_refused(R"({"messages":[{"role":"tool","content":"q"}]})", Code::kUnsupported,
                 "engine.request.role");
  expect_refused(R"({"messages":[{"role":"user"}]})", Code::kMalformed, "engine.request.content");
  expect_refused(R"({"messages":[{"role":"user","content":[{"type":"image_url"}]}]})",
                 Code::kUnsupported, "engine.request.part");
  expect_refused(R"({"messages":[{"role":"user","content":"q","tool_calls":[{}]}]})",
                 Code::kUnsupported, "engine.request.message");
}

TEST(ChatRequest, RefusesTooManyMessages) {
  std::string body = R"({"messages":[)";
  for (std::size_t i = 0; i <= kMaxMessages; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"role":"user","content":"q"})";
  }
  expect_refused(body + "]}", Code::kExhausted, "engine.request.messages");
}

TEST(ChatRequest, ErrorTextsNeverQuoteTheClient) {
  const char* canary = "canary-7f3a";
  for (const std::string& body :
       {std::string(R"({"messages":[{"role":"canary-7f3a","content":"q"}]})"),
        chat_with(R"("canary-7f3a":5)"), chat_with(R"("temperature":"canary-7f3a")"),
        chat_with(R"("stop":{"canary-7f3a":1})")}) {
    const auto parsed = chat(body);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(codec::to_json(make_error(parsed.error()).body).find(canary), std::string::npos);
  }
}

TEST(CompletionRequest, ReadsAStringOrAListOfOne) {
  for (const char* body : {R"({"prompt":"p","max_tokens":3})", R"({"prompt":["p"],"best_of":1})"}) {
    const auto parsed = parse_completion_request(as_bytes(body));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->kind, Kind::kCompletion);
    EXPECT_EQ(parsed->prompt, "p");
  }
  for (const char* body : {R"({})", R"({"prompt":["a","b"]})", R"({"prompt":[1,2]})"}) {
    const auto parsed = parse_completion_request(as_bytes(body));
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().reason(), "engine.request.prompt");
  }
}

TEST(Answer, HasTheShapeClientsRead) {
  const AnswerHead head{Kind::kChat, "chatcmpl-1", "m", 5};
  const Outcome outcome{FinishReason::kLength, {3, 4}};
  EXPECT_EQ(codec::to_json(make_answer(head, "hi", outcome)),
            R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":)"
            R"([{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},)"
            R"("logprobs":null,"finish_reason":"length"}],)"
            R"("usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})");
  const AnswerHead plain{Kind::kCompletion, "cmpl-1", "m", 5};
  EXPECT_EQ(codec::to_json(make_answer(plain, "hi", outcome)),
            R"({"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":)"
            R"([{"index":0,"text":"hi","logprobs":null,"finish_reason":"length"}],)"
            R"("usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})");
}

TEST(Answer, ErrorsCarryCodeAndStatus) {
  const ErrorAnswer context = make_error(Error(Code::kExhausted, "engine.context", "too long"));
  EXPECT_EQ(context.status, 400);
  EXPECT_EQ(codec::to_json(context.body),
            R"({"error":{"message":"too long","type":"invalid_request_error","param":null,)"
            R"("code":"context_length_exceeded"}})");
  EXPECT_EQ(make_error(Error(Code::kUnavailable, "engine.busy")).status, 503);
  EXPECT_EQ(make_error(Error(Code::kInternal, "engine.decode")).status, 500);
  EXPECT_EQ(make_error(Error(Code::kNotFound, "engine.path")).status, 404);
}

}  // namespace
}  // namespace claustrum::engine
