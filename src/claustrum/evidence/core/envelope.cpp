// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/envelope.h"

#include <algorithm>
#include <array>
#include <optional>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"

namespace claustrum::evidence {

namespace {

using codec::Json;

constexpr std::array<std::string_view, 4> kMembers = {"quote", "evidence", "report",
                                                      "attestation_report"};

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_text(BytesView file) {
  return !file.empty() && std::ranges::all_of(as_text(file), [](char c) {
    return is_space(c) || (c >= 0x20 && c < 0x7f);
  });
}

// "0x" in front and line breaks inside are how people paste.
std::string compact(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return !is_space(c); });
  return out.starts_with("0x") ? out.substr(2) : out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

// Hex first: hex digits are base64 letters too, and no base64 of evidence consists of them alone.
std::optional<Unwrapped> decode(std::string_view text) {
  const std::string letters = compact(text);
  const auto hexadecimal = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (!letters.empty() && std::ranges::all_of(letters, hexadecimal)) {
    Result<Bytes> bytes = codec::hex_decode(lower(letters));
    return bytes.ok() ? std::optional(Unwrapped{std::move(bytes).value(), "hex"}) : std::nullopt;
  }
  Result<Bytes> standard = codec::base64_decode(letters);
  if (standard.ok() && !standard->empty()) {
    return Unwrapped{std::move(standard).value(), "base64"};
  }
  Result<Bytes> url = codec::base64url_decode(letters);
  if (url.ok() && !url->empty()) {
    return Unwrapped{std::move(url).value(), "base64url"};
  }
  return std::nullopt;
}

Result<Unwrapped> from_object(const Json& object) {
  std::optional<Unwrapped> found;
  for (const std::string_view name : kMembers) {
    const Json* member = object.find(name);
    std::optional<Unwrapped> decoded =
        member != nullptr && member->is_string() ? decode(member->string()) : std::nullopt;
    if (!decoded.has_value()) {
      continue;
    }
    if (found.has_value()) {
      return Error(Code::kMalformed, "envelope.json", "two members may be the evidence; unwrap it");
    }
    decoded->container = "JSON member " + std::string(name) + ", " + decoded->container;
    found = std::move(decoded);
  }
  if (!found.has_value()) {
    return Error(Code::kMalformed, "envelope.json",
                 "a JSON container we do not know; unwrap the evidence and give its bytes");
  }
  return *std::move(found);
}

Result<Unwrapped> from_record(const Json& record) {
  const Json::Array& items = record.items();
  const bool shaped = (items.size() == 2 || items.size() == 3) && items[0].is_string() &&
                      items[1].is_string() && (items.size() == 2 || items[2].is_integer());
  if (!shaped) {
    return Error(Code::kMalformed, "envelope.cmw", "an array that is no CMW record");
  }
  Result<Bytes> value = codec::base64url_decode(items[1].string());
  if (!value.ok() || value->empty()) {
    return Error(Code::kMalformed, "envelope.cmw", "the record's value is no base64url");
  }
  return Unwrapped{std::move(value).value(), "CMW record, base64url"};
}

}  // namespace

Result<Unwrapped> unwrap_evidence(BytesView file) {
  if (!is_text(file)) {
    return Unwrapped{to_bytes(file), "raw"};
  }
  const std::string_view text = as_text(file);
  const auto first = std::ranges::find_if_not(text, is_space);
  if (first != text.end() && (*first == '{' || *first == '[')) {
    codec::JsonLimits limits;
    limits.max_bytes = std::size_t{4} << 20;
    limits.numbers = codec::JsonNumbers::kAny;
    CLAUSTRUM_TRY_ASSIGN(const Json json, codec::parse_json(file, limits));
    return json.is_object() ? from_object(json) : from_record(json);
  }
  std::optional<Unwrapped> decoded = decode(text);
  if (!decoded.has_value()) {
    return Error(Code::kMalformed, "envelope.text", "text that is neither hex nor base64");
  }
  return *std::move(decoded);
}

}  // namespace claustrum::evidence
