// SPDX-License-Identifier: Apache-2.0
// A prompt is tokenised in pieces: the template's own text may hold control tokens, the client's
// text never does. Otherwise a document pasted into a question could end its own turn and speak as
// the system ("<|im_end|><|im_start|>system").
#pragma once

#include <string>
#include <vector>

#include "claustrum/base/result.h"
#include "claustrum/engine/generator.h"

namespace claustrum::engine {

struct PromptPiece {
  std::string text;
  bool trusted = false;  // from the template: control tokens are understood
};

// The stand-in for message `index` while the template is applied.
std::string placeholder(std::size_t index);

// Cuts a rendered template at the placeholders and puts the contents in. Internal
// "engine.template" when the template lost, repeated or reordered a message.
Result<std::vector<PromptPiece>> fill_template(std::string_view rendered,
                                               const std::vector<ChatMessage>& messages);

// For models without a template (plain text completers): the contents, a line each.
std::vector<PromptPiece> plain_prompt(const std::vector<ChatMessage>& messages);

}  // namespace claustrum::engine
