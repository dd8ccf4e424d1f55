// SPDX-License-Identifier: Apache-2.0
// The table of well-formed sequences is Unicode 15, table 3-7: only the second byte's range depends
// on the first.
#include "claustrum/codec/utf8.h"

namespace claustrum::codec {

namespace {

bool within(std::uint8_t byte, std::uint8_t low, std::uint8_t high) {
  return byte >= low && byte <= high;
}

bool second_byte_allowed(std::uint8_t first, std::uint8_t second) {
  switch (first) {
    case 0xe0:
      return within(second, 0xa0, 0xbf);  // no overlong form
    case 0xed:
      return within(second, 0x80, 0x9f);  // no surrogate
    case 0xf0:
      return within(second, 0x90, 0xbf);  // no overlong form
    case 0xf4:
      return within(second, 0x80, 0x8f);  // nothing above U+10FFFF
    default:
      return within(second, 0x80, 0xbf);
  }
}

std::size_t length_by_first_byte(std::uint8_t first) {
  if (first < 0x80) {
    return 1;
  }
  if (within(first, 0xc2, 0xdf)) {
    return 2;
  }
  if (within(first, 0xe0, 0xef)) {
    return 3;
  }
  return within(first, 0xf0, 0xf4) ? 4 : 0;
}

}  // namespace

std::size_t utf8_sequence(BytesView text) {
  if (text.empty()) {
    return 0;
  }
  const std::size_t length = length_by_first_byte(text[0]);
  if (length > text.size()) {
    return 0;
  }
  if (length > 1 && !second_byte_allowed(text[0], text[1])) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (!within(text[i], 0x80, 0xbf)) {
      return 0;
    }
  }
  return length;
}

bool valid_utf8(BytesView text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text = text.subspan(length);
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
    return;
  }
  if (code < 0x800) {
    push(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      push(0xe0 | code >> 12);
    } else {
      push(0xf0 | code >> 18);
      push(0x80 | (code >> 12 & 0x3f));
    }
    push(0x80 | (code >> 6 & 0x3f));
  }
  push(0x80 | (code & 0x3f));
}

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  BytesView rest = as_bytes(text);
  while (!rest.empty()) {
    const std::size_t length = utf8_sequence(rest);
    if (length == 0) {
      out.push_back(0xfffd);
      rest = rest.subspan(1);
      continue;
    }
    std::uint32_t code = length == 1 ? rest[0] : rest[0] & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      code = code << 6 | (rest[i] & 0x3fU);
    }
    if (code >= 0x10000) {
      out.push_back(static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10)));
      code = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    out.push_back(static_cast<char16_t>(code));
    rest = rest.subspan(length);
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 32));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) {
      c = '?';
    }
  }
  return out;
}

}  // namespace claustrum::codec
