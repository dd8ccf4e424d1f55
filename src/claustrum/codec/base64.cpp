// SPDX-License-Identifier: Apache-2.0
// Both alphabets share one coder; strictness lives in decode(). Table look-ups are not constant
// time: not for keys.
#include "claustrum/codec/base64.h"

namespace claustrum::codec {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(BytesView bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? bytes[i + j] : 0U);
    }
    for (std::size_t j = 0; j < count + 1; ++j) {
      out.push_back(alphabet[(group >> (18 - 6 * j)) & 63]);
    }
    if (pad) {
      out.append(3 - count, '=');
    }
  }
  return out;
}

Result<Bytes> decode(std::string_view text, std::string_view alphabet) {
  const Error bad(Code::kMalformed, "base64.malformed", "not canonical base64");
  if (text.size() % 4 == 1) {
    return bad;
  }
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::int8_t value = values[static_cast<std::uint8_t>(c)];
    if (value < 0) {
      return bad;
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> held));
      bits &= (1U << held) - 1;
    }
  }
  if (bits != 0) {
    return bad;  // unused bits must be zero: one spelling per value
  }
  return out;
}

}  // namespace

std::string base64_encode(BytesView bytes) {
  return encode(bytes, kStandard, true);
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) {
    return Error(Code::kMalformed, "base64.malformed", "not canonical base64");
  }
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with("=")) {
    text.remove_suffix(1);
  }
  return decode(text, kStandard);
}

std::string base64url_encode(BytesView bytes) {
  return encode(bytes, kUrl, false);
}

Result<Bytes> base64url_decode(std::string_view text) {
  return decode(text, kUrl);
}

}  // namespace claustrum::codec
