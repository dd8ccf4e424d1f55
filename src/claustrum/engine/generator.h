// SPDX-License-Identifier: Apache-2.0
// What the engine is asked and what it answers, without saying how text is made: the HTTP side
// (service.h) and the model side (llm.h) meet only here, so each is tested without the other
// [ARCHITECTURE 3 C].
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "claustrum/base/result.h"

namespace claustrum::engine {

struct ChatMessage {
  std::string role;  // one of system, user, assistant
  std::string content;
};

struct Sampling {
  std::optional<double> temperature;  // absent: the engine's default; 0 is greedy
  double top_p = 1.0;
  double presence_penalty = 0.0;
  double frequency_penalty = 0.0;
  std::optional<std::uint32_t> seed;  // absent: random
};

struct GenerationRequest {
  enum class Kind { kChat, kCompletion };
  Kind kind = Kind::kChat;
  std::vector<ChatMessage> messages;  // kChat; at least one
  std::string prompt;                 // kCompletion
  Sampling sampling;
  std::optional<std::int64_t> max_tokens;  // absent: to the end of the context
  std::vector<std::string> stop;
  bool stream = false;
  bool include_usage = false;

  // Overwrites every text of the client's.
  void wipe_texts();
};

enum class FinishReason { kStop, kLength };

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

struct Outcome {
  FinishReason finish = FinishReason::kStop;
  Usage usage;
};

// Takes the bytes of one token, which may end inside a code point. False ends the generation.
using EmitToken = std::function<bool(std::string_view)>;
// Polled between and during computations; true ends the generation.
using Cancelled = std::function<bool()>;

class Generator {
 public:
  virtual ~Generator() = default;
  // One request; nothing of it is kept afterwards. Errors come before the first emit:
  // exhausted "engine.context" when the prompt does not fit, unavailable "engine.cancelled".
  virtual Result<Outcome> generate(const GenerationRequest& request, const EmitToken& emit,
                                   const Cancelled& cancelled) = 0;
};

}  // namespace claustrum::engine
