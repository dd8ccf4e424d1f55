// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/prompt.h"

namespace claustrum::engine {

std::string placeholder(std::size_t index) {
  // Control characters: no template has them, and trimming templates leave them alone.
  return "\x02" + std::to_string(index) + "\x03";
}

Result<std::vector<PromptPiece>> fill_template(std::string_view rendered,
                                               const std::vector<ChatMessage>& messages) {
  std::vector<PromptPiece> pieces;
  std::size_t at = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string mark = placeholder(i);
    const std::size_t found = rendered.find(mark, at);
    if (found == std::string_view::npos) {
      return Error(Code::kInternal, "engine.template", "the chat template dropped a message");
    }
    pieces.push_back({std::string(rendered.substr(at, found - at)), true});
    pieces.push_back({messages[i].content, false});
    at = found + mark.size();
  }
  const std::string_view rest = rendered.substr(at);
  for (const PromptPiece& piece : pieces) {
    if (piece.trusted && piece.text.find('\x02') != std::string::npos) {
      return Error(Code::kInternal, "engine.template", "the chat template repeated a message");
    }
  }
  if (rest.find('\x02') != std::string_view::npos) {
    return Error(Code::kInternal, "engine.template", "the chat template repeated a message");
  }
  pieces.push_back({std::string(rest), true});
  return pieces;
}

std::vector<PromptPiece> plain_prompt(const std::vector<ChatMessage>& messages) {
  PromptPiece piece;
  for (const ChatMessage& message : messages) {
    if (!piece.text.empty()) {
      piece.text += '\n';
    }
    piece.text += message.content;
  }
  return {std::move(piece)};
}

}  // namespace claustrum::engine
