// SPDX-License-Identifier: Apache-2.0
// Lists of what is allowed: what an engine gains in a later version stays out until it is named
// here.
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

// A member's name as it may stand in an error text: short, and of characters that cannot be cut in
// the middle.
std::string shown(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return name.size() <= 32 && std::ranges::all_of(name, plain) ? std::string(name) : "(not shown)";
}

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
  if (!CLAUSTRUM_GUARD("gateway.core.engine_size", body.size() <= kMaxRequestBody)) {
    return Error(Code::kExhausted, "engine.size", "the body is longer than 1 MiB");
  }
  if (method == "GET") {
    return body.empty() ? ok_status()
                        : Error(Code::kMalformed, "engine.request", "a GET has no body");
  }
  codec::JsonLimits limits;
  limits.max_bytes = kMaxRequestBody;
  limits.numbers = codec::JsonNumbers::kAny;
  const Result<codec::Json> json = codec::parse_json(body, limits);
  if (!json.ok() || !json->is_object()) {
    return Error(Code::kMalformed, "engine.request", "the body must be one JSON object");
  }
  for (const codec::Json::Member& member : json->members()) {
    const bool known = std::ranges::find(kMembers, member.first) != kMembers.end();
    if (!CLAUSTRUM_GUARD("gateway.core.engine_member", known)) {
      return Error(Code::kUnsupported, "engine.member",
                   "member not offered here: " + shown(member.first));
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
