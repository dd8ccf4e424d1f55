// SPDX-License-Identifier: Apache-2.0
// The OpenAI wire shapes the engine speaks: strict reading of requests, building of answers, chunks
// and errors. A parameter that would change the answer and that we do not honour is refused rather
// than ignored, so a client never believes in a setting that had no effect. No error text carries
// any of the client's content.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/codec/json.h"
#include "claustrum/engine/generator.h"

namespace claustrum::engine {

inline constexpr std::size_t kMaxRequestBytes = 1 << 20;
inline constexpr std::size_t kMaxMessages = 512;
inline constexpr std::size_t kMaxStops = 4;
inline constexpr std::size_t kMaxStopBytes = 256;

// Bodies of POST /v1/chat/completions and POST /v1/completions. Malformed or unsupported
// "engine.request.*"; the text names the member.
Result<GenerationRequest> parse_chat_request(BytesView body);
Result<GenerationRequest> parse_completion_request(BytesView body);

// What all answers to one request share.
struct AnswerHead {
  GenerationRequest::Kind kind = GenerationRequest::Kind::kChat;
  std::string id;     // "chatcmpl-..." or "cmpl-..."
  std::string model;  // the model's own name, whatever the request called it
  std::int64_t created = 0;
};

codec::Json make_answer(const AnswerHead& head, std::string_view text, const Outcome& outcome);

// Server-sent events of a streamed answer, each ending in a blank line. A chat stream opens with
// the role; `usage` asks for "usage": null in all chunks but the last, as stream_options does.
std::string role_event(const AnswerHead& head, bool usage);
std::string text_event(const AnswerHead& head, std::string_view text, bool usage);
std::string finish_event(const AnswerHead& head, FinishReason finish, bool usage);
std::string usage_event(const AnswerHead& head, const Usage& usage);
std::string error_event(const Error& error);
inline constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";

codec::Json make_model_list(std::string_view model, std::int64_t created);

struct ErrorAnswer {
  int status = 500;
  codec::Json body;
};
ErrorAnswer make_error(const Error& error);

}  // namespace claustrum::engine
