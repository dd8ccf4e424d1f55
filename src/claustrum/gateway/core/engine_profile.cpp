// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/core/engine_profile.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/json.h"

namespace claustrum::gateway {

namespace {

constexpr std::array<std::string_view, 18> kMembers = {"model",
                                                       "messages",
                                                       "prompt",
                                                       "max_tokens",
                                                       "max_completion_tokens",
                                                       "temperature",
                                                       "top_p",
                                                       "seed",
                                                       "stop",
                                                       "stream",
                                                       "stream_options",
                                                       "n",
                                                       "user",
                                                       "frequency_penalty",
                                                       "presence_penalty",
                                                       "metadata",
                                                       "store",
                                                       "response_format"};

struct Route {
  std::string_view method;
  std::string_view path;
};
constexpr std::array<Route, 3> kRoutes = {
    {{"GET", "/v1/models"}, {"POST", "/v1/chat/completions"}, {"POST", "/v1/completions"}}};

}  // namespace

Status check_engine_request(std::string_view profile, std::string_view method,
                            std::string_view path, BytesView body) {
  if (profile != "openai-chat/1") {
    return Error(Code::kUnsupported, "engine.profile", "unknown engine profile");
  }
  const bool routed = std::ranges::any_of(
      kRoutes, [&](const Route& r) { return r.method == method && r.path == path; });
  if (!CLAUSTRUM_GUARD("gateway.core.engine_path", routed)) {
    return Error(Code::kNotFound, "engine.path", "not part of this service");
  }
  if (method == "GET") {
    return ok_status();
  }
  codec::JsonLimits limits;
  limits.max_bytes = std::size_t{8} << 20;
  limits.numbers = codec::JsonNumbers::kAny;
  const Result<codec::Json> json = codec::parse_json(body, limits);
  if (!json.ok() || !json->is_object()) {
    return Error(Code::kMalformed, "engine.request", "the body must be one JSON object");
  }
  for (const codec::Json::Member& member : json->members()) {
    const bool known = std::ranges::find(kMembers, member.first) != kMembers.end();
    if (!CLAUSTRUM_GUARD("gateway.core.engine_member", known)) {
      return Error(Code::kUnsupported, "engine.member",
                   "member not offered here: " + member.first.substr(0, 32));
    }
  }
  return ok_status();
}

std::string openai_error(std::string_view type, std::string_view code, std::string_view message) {
  codec::Json error = codec::Json::object();
  error.set("message", message).set("type", type).set("param", nullptr).set("code", code);
  return codec::to_json(codec::Json::object().set("error", error));
}

}  // namespace claustrum::gateway
