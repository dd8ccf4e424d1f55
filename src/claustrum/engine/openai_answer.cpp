// SPDX-License-Identifier: Apache-2.0
// The answering half of openai.h.
#include "claustrum/engine/openai.h"

namespace claustrum::engine {
namespace {

using codec::Json;
using Kind = GenerationRequest::Kind;

const char* finish_name(FinishReason finish) {
  return finish == FinishReason::kLength ? "length" : "stop";
}

Json usage_json(const Usage& usage) {
  Json out = Json::object();
  out.set("prompt_tokens", usage.prompt_tokens);
  out.set("completion_tokens", usage.completion_tokens);
  out.set("total_tokens", usage.prompt_tokens + usage.completion_tokens);
  return out;
}

Json head_json(const AnswerHead& head, const char* chat_object) {
  Json out = Json::object();
  out.set("id", head.id);
  out.set("object", head.kind == Kind::kChat ? chat_object : "text_completion");
  out.set("created", head.created);
  out.set("model", head.model);
  return out;
}

Json choice_json() {
  Json choice = Json::object();
  choice.set("index", 0);
  return choice;
}

Json one(Json item) {
  Json list = Json::array();
  list.push(std::move(item));
  return list;
}

std::string as_event(const Json& json) {
  return "data: " + codec::to_json(json) + "\n\n";
}

std::string chunk_event(const AnswerHead& head, Json choice, bool usage) {
  Json out = head_json(head, "chat.completion.chunk");
  out.set("choices", one(std::move(choice)));
  if (usage) {
    out.set("usage", nullptr);
  }
  return as_event(out);
}

struct ErrorShape {
  int status;
  const char* type;
};

ErrorShape shape_of(Code code) {
  switch (code) {
    case Code::kMalformed:
    case Code::kUnsupported:
    case Code::kExhausted:
      return {400, "invalid_request_error"};
    case Code::kNotFound:
      return {404, "invalid_request_error"};
    case Code::kUnavailable:
      return {503, "server_error"};
    case Code::kBadSignature:
    case Code::kUntrustedRoot:
    case Code::kNotYetValid:
    case Code::kExpired:
    case Code::kRevoked:
    case Code::kMismatch:
    case Code::kPolicyDenied:
    case Code::kStale:
    case Code::kUnauthorised:
    case Code::kConflict:
    case Code::kInternal:
      break;
  }
  return {500, "server_error"};
}

}  // namespace

Json make_answer(const AnswerHead& head, std::string_view text, const Outcome& outcome) {
  Json choice = choice_json();
  if (head.kind == Kind::kChat) {
    Json message = Json::object();
    message.set("role", "assistant").set("content", text).set("refusal", nullptr);
    choice.set("message", std::move(message));
  } else {
    choice.set("text", text);
  }
  choice.set("logprobs", nullptr);
  choice.set("finish_reason", finish_name(outcome.finish));
  Json out = head_json(head, "chat.completion");
  out.set("choices", one(std::move(choice)));
  out.set("usage", usage_json(outcome.usage));
  return out;
}

std::string role_event(const AnswerHead& head, bool usage) {
  Json delta = Json::object();
  delta.set("role", "assistant").set("content", "");
  Json choice = choice_json();
  choice.set("delta", std::move(delta)).set("finish_reason", nullptr);
  return chunk_event(head, std::move(choice), usage);
}

std::string text_event(const AnswerHead& head, std::string_view text, bool usage) {
  Json choice = choice_json();
  if (head.kind == Kind::kChat) {
    Json delta = Json::object();
    delta.set("content", text);
    choice.set("delta", std::move(delta));
  } else {
    choice.set("text", text).set("logprobs", nullptr);
  }
  choice.set("finish_reason", nullptr);
  return chunk_event(head, std::move(choice), usage);
}

std::string finish_event(const AnswerHead& head, FinishReason finish, bool usage) {
  Json choice = choice_json();
  if (head.kind == Kind::kChat) {
    choice.set("delta", Json::object());
  } else {
    choice.set("text", "").set("logprobs", nullptr);
  }
  choice.set("finish_reason", finish_name(finish));
  return chunk_event(head, std::move(choice), usage);
}

std::string usage_event(const AnswerHead& head, const Usage& usage) {
  Json out = head_json(head, "chat.completion.chunk");
  out.set("choices", Json::array());
  out.set("usage", usage_json(usage));
  return as_event(out);
}

std::string error_event(const Error& error) {
  return as_event(make_error(error).body);
}

Json make_model_list(std::string_view model, std::int64_t created) {
  Json item = Json::object();
  item.set("id", model).set("object", "model").set("created", created);
  item.set("owned_by", "claustrum");
  Json out = Json::object();
  out.set("object", "list").set("data", one(std::move(item)));
  return out;
}

ErrorAnswer make_error(const Error& error) {
  const ErrorShape shape = shape_of(error.code());
  Json inner = Json::object();
  inner.set("message", error.text().empty() ? std::string(error.reason()) : error.text());
  inner.set("type", shape.type).set("param", nullptr);
  // The one code that clients branch on keeps OpenAI's own spelling.
  inner.set("code",
            error.reason() == "engine.context" ? "context_length_exceeded" : error.reason());
  Json body = Json::object();
  body.set("error", std::move(inner));
  return {shape.status, std::move(body)};
}

}  // namespace claustrum::engine
