// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/bits.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxFieldLen = 64;
constexpr std::string_view kRest = "rest";

Error bad_rule(std::string text) {
  return Error(Code::kMalformed, "policy.rule", std::move(text));
}

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// One spelling a value, so that a rule about bits and one about the whole value mean the same.
std::optional<Bytes> of_digits(std::string_view digits, std::size_t len) {
  if (!is_lower_hex(digits) || digits.size() > 2 * len) {
    return std::nullopt;
  }
  Result<Bytes> bytes =
      codec::hex_decode(std::string(2 * len - digits.size(), '0') + std::string(digits));
  if (!bytes.ok()) {
    return std::nullopt;
  }
  std::ranges::reverse(*bytes);
  return std::move(bytes).value();
}

std::optional<Bytes> of_integer(std::int64_t value, std::size_t len) {
  Bytes out(len);
  for (std::size_t i = 0; i < len && i < sizeof value; ++i) {
    out[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  const bool fits = value >= 0 && (len >= sizeof value || value >> (8 * len) == 0);
  return fits ? std::optional<Bytes>(std::move(out)) : std::nullopt;
}

// A claim or a mask as bytes, bit 0 first; nothing where it is not spelled as the field is.
std::optional<Bytes> bits_of(const BitField& field, const Json& value) {
  if (field.spelling == BitSpelling::kInteger) {
    return value.is_integer() ? of_integer(value.integer(), field.len) : std::nullopt;
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  std::string_view text = value.string();
  switch (field.spelling) {
    case BitSpelling::kMemory:
    case BitSpelling::kInteger: {
      Result<Bytes> bytes = codec::hex_decode(text);
      const bool fits = bytes.ok() && is_lower_hex(text) && bytes->size() == field.len;
      return fits ? std::optional<Bytes>(std::move(bytes).value()) : std::nullopt;
    }
    case BitSpelling::kDigits:
      return text.size() == 2 * field.len ? of_digits(text, field.len) : std::nullopt;
    case BitSpelling::kPrefixed: {
      const bool one_spelling =
          text == "0x0" || (text.starts_with("0x") && text.size() > 2 && text[2] != '0');
      return one_spelling ? of_digits(text.substr(2), field.len) : std::nullopt;
    }
  }
  return std::nullopt;
}

bool none(const Bytes& mask) {
  return std::ranges::all_of(mask, [](std::uint8_t byte) { return byte == 0; });
}

bool has(const Bytes& mask, std::size_t at) {
  return (unsigned{mask[at / 8]} >> (at % 8) & 1U) != 0;
}

bool subset(const Bytes& inner, const Bytes& outer) {
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if ((inner[i] & ~outer[i]) != 0) {
      return false;
    }
  }
  return true;
}

// A bit by its name or number; a misspelled name must not turn a demand off.
std::optional<std::size_t> position(const BitField& field, const Json& item) {
  if (item.is_integer()) {
    const std::int64_t at = item.integer();
    const bool inside = at >= 0 && at < static_cast<std::int64_t>(8 * field.len);
    return inside ? std::optional(static_cast<std::size_t>(at)) : std::nullopt;
  }
  if (!item.is_string()) {
    return std::nullopt;
  }
  const auto named = std::ranges::find(field.names, item.string(), &BitName::name);
  return named == field.names.end() ? std::nullopt : std::optional<std::size_t>(named->at);
}

Result<Bytes> mask_of_list(const BitField& field, const Json& list) {
  Bytes mask(field.len);
  for (const Json& item : list.items()) {
    const std::optional<std::size_t> at = position(field, item);
    if (!at) {
      return bad_rule("no bit of this field has this name or number");
    }
    if (has(mask, *at)) {
      return bad_rule("a bit is named twice");
    }
    mask[*at / 8] = static_cast<std::uint8_t>(mask[*at / 8] | 1U << (*at % 8));
  }
  return mask;
}

Result<Bytes> mask_at(const BitField& field, const Json& table, std::string_view key) {
  const Json* value = table.find(key);
  if (value == nullptr) {
    return Bytes(field.len);
  }
  if (value->is_array()) {
    return mask_of_list(field, *value);
  }
  const std::optional<Bytes> mask = bits_of(field, *value);
  if (!mask) {
    return bad_rule("set and clear take bit names, or a mask spelled and as long as the claim");
  }
  return *mask;
}

// Of a field nobody listed only its bytes are known, and how many there are only from the masks.
Result<BitField> field_of(const Json& table, std::string_view platform, std::string_view path) {
  if (const BitField* known = bit_field(platform, path); known != nullptr) {
    return *known;
  }
  for (const std::string_view key : {"set", "clear"}) {
    const Json* mask = table.find(key);
    if (mask != nullptr && mask->is_string() && mask->string() != kRest) {
      BitField out;
      out.len = mask->string().size() / 2;
      if (out.len == 0 || out.len > kMaxFieldLen) {
        return bad_rule("a mask has 1 to 64 bytes");
      }
      return out;
    }
  }
  return bad_rule("no bits of this claim are known by name; give masks as hex");
}

Status check_rest(const Bits& rule, const Json& table) {
  const Json* ignored = table.find("ignore");
  Bytes named(rule.set.size());
  for (std::size_t i = 0; i < named.size(); ++i) {
    named[i] = static_cast<std::uint8_t>(rule.set[i] | rule.clear[i]);
  }
  const bool all = std::ranges::all_of(named, [](std::uint8_t byte) { return byte == 0xff; });
  if (all != (ignored == nullptr)) {
    return bad_rule(all ? "every bit is named: nothing is left to ignore"
                        : "the other bits need clear = \"rest\", or ignore with a reason");
  }
  return ok_status();
}

std::string names_of(const BitField& field, const Bytes& mask) {
  std::string out;
  for (std::size_t at = 0; at < 8 * mask.size(); ++at) {
    if (has(mask, at)) {
      const auto named = std::ranges::find(field.names, at, &BitName::at);
      out += out.empty() ? "" : ", ";
      out += named == field.names.end() ? "bit " + std::to_string(at) : std::string(named->name);
    }
  }
  return out;
}

}  // namespace

bool is_bit_rule(const Json& table) {
  return table.find("set") != nullptr || table.find("clear") != nullptr;
}

Result<Bits> parse_bits(const Json& table, std::string_view platform, std::string_view path) {
  if (!table.only_members({"set", "clear", "ignore"}).ok()) {
    return bad_rule("a rule about bits has set, clear and ignore");
  }
  Bits out;
  CLAUSTRUM_TRY_ASSIGN(out.field, field_of(table, platform, path));
  CLAUSTRUM_TRY_ASSIGN(out.set, mask_at(out.field, table, "set"));
  const Json* clear = table.find("clear");
  const bool rest = clear != nullptr && clear->is_string() && clear->string() == kRest;
  if (rest) {
    out.clear = out.set;
    std::ranges::for_each(out.clear, [](std::uint8_t& byte) {
      byte = static_cast<std::uint8_t>(~static_cast<unsigned>(byte));
    });
  } else {
    CLAUSTRUM_TRY_ASSIGN(out.clear, mask_at(out.field, table, "clear"));
  }
  // A mask of zeros looks like a demand.
  if (!CLAUSTRUM_GUARD("policy.hollow_mask", !none(out.set) || !none(out.clear))) {
    return Error(Code::kMalformed, "policy.hollow",
                 "no bit is asked for; say ignore with a reason instead");
  }
  for (std::size_t i = 0; i < out.set.size(); ++i) {
    if ((out.set[i] & out.clear[i]) != 0) {
      return bad_rule("a bit cannot be set and clear");
    }
  }
  CLAUSTRUM_TRY(check_rest(out, table));
  if (const Json* ignored = table.find("ignore"); ignored != nullptr) {
    if (!ignored->is_string() || is_blank(ignored->string())) {
      return bad_rule("ignore takes a reason");
    }
    out.reason = ignored->string();
  }
  return out;
}

bool bits_hold(const Bits& rule, const Json& found) {
  const std::optional<Bytes> value = bits_of(rule.field, found);
  if (!value) {
    return false;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    const std::uint8_t byte = (*value)[i];
    if (!CLAUSTRUM_GUARD("policy.bits_set", (byte & rule.set[i]) == rule.set[i]) ||
        !CLAUSTRUM_GUARD("policy.bits_clear", (byte & rule.clear[i]) == 0)) {
      return false;
    }
  }
  return true;
}

std::optional<Json> only_value(const Bits& rule) {
  if (!rule.reason.empty()) {
    return std::nullopt;
  }
  Bytes bytes = rule.set;
  if (rule.field.spelling == BitSpelling::kMemory) {
    return Json(codec::hex_encode(bytes));
  }
  std::ranges::reverse(bytes);
  if (rule.field.spelling == BitSpelling::kInteger) {
    std::int64_t value = 0;
    for (const std::uint8_t byte : bytes) {
      value = value << 8 | byte;
    }
    return Json(value);
  }
  const std::string digits = codec::hex_encode(bytes);
  if (rule.field.spelling == BitSpelling::kDigits) {
    return Json(digits);
  }
  const std::size_t first = digits.find_first_not_of('0');
  return Json(first == std::string::npos ? "0x0" : "0x" + digits.substr(first));
}

bool bits_cover(const Bits& outer, const Bits& inner) {
  return outer.field.spelling == inner.field.spelling && outer.field.len == inner.field.len &&
         subset(outer.set, inner.set) && subset(outer.clear, inner.clear);
}

std::string describe_bits(const Bits& rule) {
  std::string out;
  if (!none(rule.set)) {
    out = names_of(rule.field, rule.set) + " set";
  }
  if (rule.reason.empty()) {
    return out + (out.empty() ? "every bit clear" : ", every other bit clear");
  }
  if (!none(rule.clear)) {
    out += (out.empty() ? "" : "; ") + names_of(rule.field, rule.clear) + " clear";
  }
  return out + "; other bits free (" + rule.reason + ")";
}

std::vector<std::string_view> free_names(const Bits& rule) {
  std::vector<std::string_view> out;
  for (const BitName& bit : rule.field.names) {
    if (!has(rule.set, bit.at) && !has(rule.clear, bit.at)) {
      out.push_back(bit.name);
    }
  }
  return out;
}

}  // namespace claustrum::policy
