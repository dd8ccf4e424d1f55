// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/core/engine_profile.h"

#include <gtest/gtest.h>

#include "claustrum/codec/json.h"

namespace claustrum::gateway {
namespace {

constexpr std::string_view kProfile = "openai-chat/1";
constexpr std::string_view kChat = "/v1/chat/completions";

Status post(std::string_view body, std::string_view path = kChat) {
  return check_engine_request(kProfile, "POST", path, as_bytes(body));
}

void expect_refused(const Status& status, Code code, std::string_view reason) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), code);
  EXPECT_EQ(status.error().reason(), reason);
}

TEST(EngineProfile, TakesWhatOpenAiClientsSend) {
  EXPECT_TRUE(check_engine_request(kProfile, "GET", "/v1/models", {}).ok());
  EXPECT_TRUE(post(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,
                       "temperature":0.25,"max_tokens":5,"stop":["\n"],"seed":7})")
                  .ok());
  EXPECT_TRUE(post(R"({"model":"m","prompt":"hi"})", "/v1/completions").ok());
}

TEST(EngineProfile, KnowsOnlyItsOwnName) {
  for (const char* other : {"", "openai-chat/2", "openai-chat", "OPENAI-CHAT/1"}) {
    expect_refused(check_engine_request(other, "GET", "/v1/models", {}), Code::kUnsupported,
                   "engine.profile");
  }
}

TEST(EngineProfile, SlotCacheAdapterMetricsDebugAndAdminPathsAreNotThere) {
  for (const char* path : {"/",
                           "/health",
                           "/metrics",
                           "/slots",
                           "/slots/0",
                           "/props",
                           "/lora-adapters",
                           "/completion",
                           "/v1",
                           "/v1/",
                           "/v1/models/x",
                           "/v1/chat/completions/",
                           "/v1//chat/completions",
                           "/v1/chat/completions?x=1",
                           "/v1/chat/completions#a",
                           "/V1/chat/completions",
                           "/v1/chat/./completions",
                           "/v1/embeddings",
                           "//v1/chat/completions",
                           "http://x/v1/chat/completions",
                           "/v1/chat/completions%2f",
                           ""}) {
    expect_refused(post("{}", path), Code::kNotFound, "engine.path");
  }
}

TEST(EngineProfile, MethodAndPathBelongTogether) {
  for (const char* method : {"GET", "PUT", "DELETE", "HEAD", "OPTIONS", "post", ""}) {
    expect_refused(check_engine_request(kProfile, method, kChat, as_bytes("{}")), Code::kNotFound,
                   "engine.path");
  }
  expect_refused(post("{}", "/v1/models"), Code::kNotFound, "engine.path");
}

TEST(EngineProfile, TheBodyIsOneJsonObject) {
  for (const char* body :
       {"", "[]", "null", "{", "{}{}", "{\"n\":1,\"n\":2}", "\xff", "{\"a\":}"}) {
    expect_refused(post(body), Code::kMalformed, "engine.request");
  }
}

TEST(EngineProfile, AGetCarriesNothing) {
  expect_refused(check_engine_request(kProfile, "GET", "/v1/models", as_bytes("{}")),
                 Code::kMalformed, "engine.request");
}

TEST(EngineProfile, MembersThatShareCachesOrStateAreRefused) {
  for (const char* member :
       {"cache_prompt", "id_slot", "slot_id", "prompt_cache_key", "cache_salt", "lora",
        "grammar_file", "logprobs", "timings_per_token", "Stream", "tools", "user "}) {
    const std::string body = "{\"messages\":[],\"" + std::string(member) + "\":1}";
    expect_refused(post(body), Code::kUnsupported, "engine.member");
  }
}

TEST(EngineProfile, ARefusalShowsOnlyPlainMemberNames) {
  EXPECT_NE(post("{\"id_slot\":1}").error().text().find("id_slot"), std::string::npos);
  const std::string secret(40, 's');
  for (const std::string& name : {secret, std::string("\xc3\xa4\xc3\xa4"), std::string("a b")}) {
    EXPECT_EQ(post("{\"" + name + "\":1}").error().text().find(name), std::string::npos);
  }
}

TEST(EngineProfile, BodiesOverTheLimitAreRefusedUnread) {
  const std::string huge(kMaxRequestBody + 1, ' ');
  expect_refused(post(huge), Code::kExhausted, "engine.size");
  std::string most = R"({"prompt":""})";
  most.insert(most.size() - 2, kMaxRequestBody - most.size(), 'a');
  EXPECT_TRUE(post(most, "/v1/completions").ok());
}

TEST(EngineProfile, EveryCutOfARequestIsRefused) {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  for (std::size_t i = 0; i < body.size(); ++i) {
    EXPECT_FALSE(post(body.substr(0, i)).ok()) << i;
  }
}

TEST(EngineProfile, ErrorsHaveTheShapeThatClientsRead) {
  const auto json = codec::parse_json(openai_error("t", "c", "say \"hi\"\n"));
  ASSERT_TRUE(json.ok());
  const auto error = json->object_at("error");
  ASSERT_TRUE(error.ok());
  EXPECT_EQ(*error->string_at("type"), "t");
  EXPECT_EQ(*error->string_at("code"), "c");
  EXPECT_EQ(*error->string_at("message"), "say \"hi\"\n");
  EXPECT_TRUE(error->find("param")->is_null());
}

}  // namespace
}  // namespace claustrum::gateway
