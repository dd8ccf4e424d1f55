// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/printable.h"

#include <algorithm>

namespace claustrum::policy {

std::string one_line(std::string_view text, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0;  // U+0080..U+009F
    i += c1 ? 1 : 0;
    out += c < 0x20 || c == 0x7f || c1 ? ' ' : text[i];
  }
  if (out.size() > width) {
    std::size_t cut = width - 3;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0) == 0x80) {
      --cut;  // not inside a UTF-8 sequence
    }
    out = out.substr(0, cut) + "...";
  }
  return out;
}

std::string clean(std::string_view text) {
  return one_line(text, text.size());
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
}

}  // namespace claustrum::policy
