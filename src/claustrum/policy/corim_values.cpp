// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/corim_values.h"

#include "claustrum/codec/hex.h"

namespace claustrum::policy {

using codec::Cbor;

namespace {

constexpr std::uint64_t kTagTime = 1;
constexpr std::uint64_t kTagUri = 32;
constexpr std::uint64_t kTagUuid = 37;
constexpr std::uint64_t kTagOid = 111;
constexpr std::uint64_t kTagBytes = 560;
// 9999-12-31: format_rfc3339 has four digits for a year.
constexpr std::int64_t kMaxTime = 253402300799;

std::string uuid_text(BytesView bytes) {
  const std::string hex = codec::hex_encode(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

// DER contents of an OBJECT IDENTIFIER; empty when they are none.
std::string oid_text(BytesView bytes) {
  std::string out;
  std::uint64_t arc = 0;
  bool first = true;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (arc > (std::uint64_t{1} << 56) || (arc == 0 && bytes[i] == 0x80)) {
      return {};
    }
    arc = arc << 7 | (bytes[i] & 0x7fU);
    if ((bytes[i] & 0x80U) != 0) {
      if (i + 1 == bytes.size()) {
        return {};
      }
      continue;
    }
    if (first) {
      const std::uint64_t top = arc < 80 ? arc / 40 : 2;
      out = std::to_string(top) + "." + std::to_string(arc - 40 * top);
    } else {
      out += "." + std::to_string(arc);
    }
    first = false;
    arc = 0;
  }
  return out;
}

Result<Instant> time_of(const Cbor& value) {
  const Cbor* seconds =
      value.type() == Cbor::Type::kTag && value.tag_number() == kTagTime ? value.tagged() : nullptr;
  const std::optional<std::int64_t> at = seconds == nullptr ? std::nullopt : seconds->as_integer();
  if (!at || *at < 0 || *at > kMaxTime) {
    return corim_shape("a date is no whole number of seconds under tag 1");
  }
  return Instant{*at};
}

}  // namespace

Result<const Cbor*> member(const Cbor& map, std::int64_t key, const char* name) {
  const Cbor* found = map.as_map() == nullptr ? nullptr : map.find(key);
  if (found == nullptr) {
    return corim_shape(std::string(name) + " is missing");
  }
  return found;
}

std::string id_text(const Cbor& value) {
  if (const auto text = value.as_text()) {
    return std::string(*text);
  }
  if (const auto number = value.as_unsigned()) {
    return std::to_string(*number);
  }
  if (const auto bytes = value.as_bytes()) {
    return bytes->size() == 16 ? uuid_text(*bytes) : codec::hex_encode(*bytes);
  }
  const Cbor* inner = value.type() == Cbor::Type::kTag ? value.tagged() : nullptr;
  const auto bytes = inner == nullptr ? std::nullopt : inner->as_bytes();
  if (!bytes) {
    return {};
  }
  switch (value.tag_number()) {
    case kTagOid:
      return oid_text(*bytes);
    case kTagUuid:
      return bytes->size() == 16 ? uuid_text(*bytes) : std::string();
    case kTagBytes:
      return codec::hex_encode(*bytes);
    default:
      return {};
  }
}

std::string uri_text(const Cbor& value) {
  const Cbor* inner =
      value.type() == Cbor::Type::kTag && value.tag_number() == kTagUri ? value.tagged() : &value;
  const auto text = inner->as_text();
  return text ? std::string(*text) : id_text(value);
}

Result<CorimValidity> read_validity(const Cbor& map) {
  CorimValidity out;
  CLAUSTRUM_TRY_ASSIGN(const Cbor* end, member(map, 1, "the end of a validity"));
  CLAUSTRUM_TRY_ASSIGN(out.not_after, time_of(*end));
  if (const Cbor* begin = map.find(std::int64_t{0})) {
    CLAUSTRUM_TRY_ASSIGN(out.not_before, time_of(*begin));
  }
  return out;
}

}  // namespace claustrum::policy
