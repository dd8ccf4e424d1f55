// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/envelope_text.h"

#include <algorithm>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence {
namespace {

// "0x" in front and line breaks inside are how people paste.
std::string compact(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return !is_space(c); });
  return out.starts_with("0x") ? out.substr(2) : out;
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Some encoders pad base64url as well; the bytes are the same.
std::string_view without_padding(std::string_view text) {
  if (text.size() % 4 != 0) {
    return text;
  }
  for (int i = 0; i < 2 && text.ends_with('='); ++i) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_base64url_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_';
}

}  // namespace

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_text(BytesView file) {
  return !file.empty() && std::ranges::all_of(as_text(file), [](char c) {
    return is_space(c) || (c >= 0x20 && c < 0x7f);
  });
}

// Hex first: hex digits are base64 letters too, and no base64 of evidence consists of them alone.
std::optional<Unwrapped> decode_text(std::string_view text) {
  const std::string letters = compact(text);
  if (!letters.empty() && std::ranges::all_of(letters, is_hex_digit)) {
    Result<Bytes> bytes = codec::hex_decode(letters);
    return bytes.ok() ? std::optional(Unwrapped{std::move(bytes).value(), "hex", {}})
                      : std::nullopt;
  }
  Result<Bytes> standard = codec::base64_decode(letters);
  if (standard.ok() && !standard->empty()) {
    return Unwrapped{std::move(standard).value(), "base64", {}};
  }
  Result<Bytes> url = codec::base64url_decode(without_padding(letters));
  if (url.ok() && !url->empty()) {
    return Unwrapped{std::move(url).value(), "base64url", {}};
  }
  return std::nullopt;
}

bool is_compact_jose(std::string_view text) {
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  const auto dots = std::ranges::count(text, '.');
  return text.starts_with("eyJ") && (dots == 2 || dots == 4) &&
         std::ranges::all_of(text, [](char c) { return c == '.' || is_base64url_char(c); });
}

}  // namespace claustrum::evidence
