// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/openai.h"

#include <array>

#include "claustrum/base/secret.h"

namespace claustrum::engine {
namespace {

using codec::Json;

Error bad_member(std::string_view reason, std::string_view key, std::string_view rule) {
  return Error(Code::kMalformed, reason, std::string(key) + " " + std::string(rule));
}

// Members that name no behaviour of the answer: accepted and forgotten.
constexpr std::array kNoted = {
    std::string_view("model"),           std::string_view("user"),
    std::string_view("metadata"),        std::string_view("store"),
    std::string_view("service_tier"),    std::string_view("safety_identifier"),
    std::string_view("prompt_cache_key")};
constexpr std::array kCommon = {std::string_view("stream"),
                                std::string_view("stream_options"),
                                std::string_view("max_tokens"),
                                std::string_view("temperature"),
                                std::string_view("top_p"),
                                std::string_view("presence_penalty"),
                                std::string_view("frequency_penalty"),
                                std::string_view("seed"),
                                std::string_view("stop")};

bool is_empty(const Json& value) {
  return (value.is_array() && value.items().empty()) ||
         (value.is_object() && value.members().empty());
}

// Members accepted only with the value that asks for nothing.
bool asks_for_nothing(std::string_view key, const Json& value) {
  if (value.is_null() || (value.is_bool() && !value.boolean())) {
    return true;
  }
  if (key == "n" || key == "best_of") {
    return value.is_integer() && value.integer() == 1;
  }
  if (key == "response_format") {
    const Json* type = value.find("type");
    return type != nullptr && type->is_string() && type->string() == "text";
  }
  if (key == "tool_choice") {
    return value.is_string() && value.string() == "none";
  }
  return key == "parallel_tool_calls" || is_empty(value);
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

Status check_members(const Json& body, std::initializer_list<std::string_view> own) {
  for (const Json::Member& member : body.members()) {
    const std::string_view key = member.first;
    if (contains(kNoted, key) || contains(kCommon, key) ||
        std::find(own.begin(), own.end(), key) != own.end()) {
      continue;
    }
    if (!asks_for_nothing(key, member.second)) {
      // [ARCHITECTURE 1.1] The name is the client's, so it is not repeated.
      return Error(Code::kUnsupported, "engine.request.parameter",
                   "the request has a parameter that this engine does not honour");
    }
  }
  return ok_status();
}

Result<double> number_in(const Json& body, std::string_view key, double low, double high,
                         double otherwise) {
  const Json* value = body.find(key);
  if (value == nullptr || value->is_null()) {
    return otherwise;
  }
  if (!value->is_integer() && !value->is_double()) {
    return bad_member("engine.request.type", key, "must be a number");
  }
  const double number = value->number();
  if (!(number >= low && number <= high)) {
    return bad_member("engine.request.range", key, "is out of range");
  }
  return number;
}

Result<bool> flag(const Json& body, std::string_view key) {
  const Json* value = body.find(key);
  if (value == nullptr || value->is_null()) {
    return false;
  }
  if (!value->is_bool()) {
    return bad_member("engine.request.type", key, "must be true or false");
  }
  return value->boolean();
}

Result<std::optional<std::int64_t>> integer_in(const Json& body, std::string_view key,
                                               std::int64_t low, std::int64_t high) {
  const Json* value = body.find(key);
  if (value == nullptr || value->is_null()) {
    return std::optional<std::int64_t>();
  }
  if (!value->is_integer()) {
    return bad_member("engine.request.type", key, "must be an integer");
  }
  if (value->integer() < low || value->integer() > high) {
    return bad_member("engine.request.range", key, "is out of range");
  }
  return std::optional<std::int64_t>(value->integer());
}

Result<std::string> stop_string(const Json& value) {
  if (!value.is_string()) {
    return bad_member("engine.request.type", "stop", "must be a string or a list of strings");
  }
  if (value.string().empty() || value.string().size() > kMaxStopBytes) {
    return bad_member("engine.request.range", "stop", "must be 1 to 256 bytes long");
  }
  return value.string();
}

Status read_stop(const Json& body, GenerationRequest& out) {
  const Json* value = body.find("stop");
  if (value == nullptr || value->is_null()) {
    return ok_status();
  }
  if (!value->is_array()) {
    CLAUSTRUM_TRY_ASSIGN(std::string one, stop_string(*value));
    out.stop.push_back(std::move(one));
    return ok_status();
  }
  if (value->items().size() > kMaxStops) {
    return bad_member("engine.request.range", "stop", "has more than 4 strings");
  }
  for (const Json& item : value->items()) {
    CLAUSTRUM_TRY_ASSIGN(std::string one, stop_string(item));
    out.stop.push_back(std::move(one));
  }
  return ok_status();
}

Status read_sampling(const Json& body, Sampling& out) {
  const Json* temperature = body.find("temperature");
  if (temperature != nullptr && !temperature->is_null()) {
    CLAUSTRUM_TRY_ASSIGN(out.temperature, number_in(body, "temperature", 0.0, 2.0, 0.0));
  }
  CLAUSTRUM_TRY_ASSIGN(out.top_p, number_in(body, "top_p", 0.0, 1.0, 1.0));
  CLAUSTRUM_TRY_ASSIGN(out.presence_penalty, number_in(body, "presence_penalty", -2.0, 2.0, 0.0));
  CLAUSTRUM_TRY_ASSIGN(out.frequency_penalty, number_in(body, "frequency_penalty", -2.0, 2.0, 0.0));
  CLAUSTRUM_TRY_ASSIGN(const std::optional<std::int64_t> seed,
                       integer_in(body, "seed", INT64_MIN, INT64_MAX));
  if (seed.has_value()) {
    // Folded, so that every seed a client may name picks one of ours.
    const auto wide = static_cast<std::uint64_t>(*seed);
    out.seed = static_cast<std::uint32_t>(wide ^ (wide >> 32));
  }
  return ok_status();
}

Status read_stream(const Json& body, GenerationRequest& out) {
  CLAUSTRUM_TRY_ASSIGN(out.stream, flag(body, "stream"));
  const Json* options = body.find("stream_options");
  if (options == nullptr || options->is_null()) {
    return ok_status();
  }
  if (!out.stream) {
    return bad_member("engine.request.stream_options", "stream_options", "needs stream");
  }
  CLAUSTRUM_TRY(options->only_members({"include_usage", "include_obfuscation"}));
  CLAUSTRUM_TRY_ASSIGN(out.include_usage, flag(*options, "include_usage"));
  return ok_status();
}

Status read_common(const Json& body, GenerationRequest& out) {
  const Json* model = body.find("model");
  if (model != nullptr && !model->is_string()) {
    return bad_member("engine.request.type", "model", "must be a string");
  }
  CLAUSTRUM_TRY(read_sampling(body, out.sampling));
  CLAUSTRUM_TRY(read_stop(body, out));
  CLAUSTRUM_TRY(read_stream(body, out));
  CLAUSTRUM_TRY_ASSIGN(out.max_tokens, integer_in(body, "max_tokens", 1, INT32_MAX));
  return ok_status();
}

// A string, or a list of {"type":"text","text":...} parts, which are joined.
Result<std::string> read_content(const Json& message) {
  const Json* content = message.find("content");
  if (content != nullptr && content->is_string()) {
    return content->string();
  }
  if (content == nullptr || !content->is_array()) {
    return bad_member("engine.request.content", "content", "must be a string or a list of parts");
  }
  std::string text;
  for (const Json& part : content->items()) {
    const Json* type = part.find("type");
    const Json* piece = part.find("text");
    if (type == nullptr || !type->is_string() || type->string() != "text") {
      return Error(Code::kUnsupported, "engine.request.part", "only text parts are understood");
    }
    if (piece == nullptr || !piece->is_string()) {
      return bad_member("engine.request.content", "text", "must be a string");
    }
    text += piece->string();
  }
  return text;
}

Result<ChatMessage> read_message(const Json& value) {
  if (!value.is_object()) {
    return bad_member("engine.request.messages", "messages", "must hold objects");
  }
  for (const Json::Member& member : value.members()) {
    const std::string_view key = member.first;
    if (key != "role" && key != "content" && key != "name" &&
        !asks_for_nothing(key, member.second)) {
      return Error(Code::kUnsupported, "engine.request.message",
                   "a message has a member that this engine does not honour");
    }
  }
  const Json* role = value.find("role");
  if (role == nullptr || !role->is_string()) {
    return bad_member("engine.request.role", "role", "must be a string");
  }
  // [closed list] The role is printed into the prompt template, so it must not be the client's
  // text.
  constexpr std::array kRoles = {std::string_view("system"), std::string_view("developer"),
                                 std::string_view("user"), std::string_view("assistant")};
  if (!contains(kRoles, role->string())) {
    return Error(Code::kUnsupported, "engine.request.role",
                 "role must be system, developer, user or assistant");
  }
  ChatMessage out;
  // The newer name of the same thing; templates know the older.
  out.role = role->string() == "developer" ? "system" : role->string();
  CLAUSTRUM_TRY_ASSIGN(out.content, read_content(value));
  return out;
}

Result<Json> read_body(BytesView body) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxRequestBytes;
  limits.max_depth = 8;
  limits.max_values = 20'000;
  limits.numbers = codec::JsonNumbers::kAny;
  CLAUSTRUM_TRY_ASSIGN(Json json, codec::parse_json(body, limits));
  if (!json.is_object()) {
    return Error(Code::kMalformed, "engine.request.body", "the body must be a JSON object");
  }
  return json;
}

}  // namespace

void GenerationRequest::wipe_texts() {
  for (ChatMessage& message : messages) {
    claustrum::wipe(message.content.data(), message.content.size());
  }
  claustrum::wipe(prompt.data(), prompt.size());
  for (std::string& text : stop) {
    claustrum::wipe(text.data(), text.size());
  }
}

Result<GenerationRequest> parse_chat_request(BytesView body) {
  CLAUSTRUM_TRY_ASSIGN(const Json json, read_body(body));
  CLAUSTRUM_TRY(check_members(json, {"messages", "max_completion_tokens"}));
  GenerationRequest out;
  out.kind = GenerationRequest::Kind::kChat;
  CLAUSTRUM_TRY(read_common(json, out));
  CLAUSTRUM_TRY_ASSIGN(const std::optional<std::int64_t> newer,
                       integer_in(json, "max_completion_tokens", 1, INT32_MAX));
  if (newer.has_value()) {
    out.max_tokens = newer;
  }
  const Json* messages = json.find("messages");
  if (messages == nullptr || !messages->is_array() || messages->items().empty()) {
    return bad_member("engine.request.messages", "messages", "must be a list of messages");
  }
  if (messages->items().size() > kMaxMessages) {
    return Error(Code::kExhausted, "engine.request.messages", "more than 512 messages");
  }
  for (const Json& item : messages->items()) {
    CLAUSTRUM_TRY_ASSIGN(ChatMessage message, read_message(item));
    out.messages.push_back(std::move(message));
  }
  return out;
}

Result<GenerationRequest> parse_completion_request(BytesView body) {
  CLAUSTRUM_TRY_ASSIGN(const Json json, read_body(body));
  CLAUSTRUM_TRY(check_members(json, {"prompt"}));
  GenerationRequest out;
  out.kind = GenerationRequest::Kind::kCompletion;
  CLAUSTRUM_TRY(read_common(json, out));
  const Json* prompt = json.find("prompt");
  if (prompt != nullptr && prompt->is_array() && prompt->items().size() == 1) {
    prompt = &prompt->items().front();
  }
  if (prompt == nullptr || !prompt->is_string()) {
    return bad_member("engine.request.prompt", "prompt", "must be one string");
  }
  out.prompt = prompt->string();
  return out;
}

}  // namespace claustrum::engine
