// SPDX-License-Identifier: Apache-2.0
// Rules about single bits of a field [docs/formats/policy.md, bits]: which must be set, which must
// be clear, and why the others do not matter. Guards against attributes compared as a whole, which
// breaks with every new machine until somebody ignores the field, and against a mask that looks
// like a demand and asks for nothing.
#pragma once

#include <optional>
#include <span>

#include "claustrum/codec/json.h"

namespace claustrum::policy {

// How a field's claim is spelled.
enum class BitSpelling {
  kMemory,    // hex as the bytes stand in memory, lowest first
  kDigits,    // hex digits of one number, all of them
  kPrefixed,  // "0x30000"
  kInteger,
};

struct BitName {
  std::string_view name;  // the vendor's
  unsigned at = 0;
};

struct BitField {
  std::string_view platform;
  std::string_view path;  // in Claims.details
  BitSpelling spelling = BitSpelling::kMemory;
  std::size_t len = 0;  // bytes
  std::span<const BitName> names = {};
};

// nullptr: no bits known by name; masks over bytes in memory order still work.
const BitField* bit_field(std::string_view platform, std::string_view path);

// Bit i of the field is bit i % 8 of byte i / 8 in `set` and `clear`, which are equally long, name
// at least one bit, and none of them twice.
struct Bits {
  BitField field;
  Bytes set;
  Bytes clear;
  std::string reason;  // why the other bits do not matter; empty: there are none
};

// { set = ..., clear = ..., ignore = "reason" }. `set` and `clear` are masks in the claim's own
// spelling or lists of names and bit numbers; clear = "rest" is all bits not in `set`. Malformed
// "policy.rule"; "policy.hollow" where no bit is named.
bool is_bit_rule(const codec::Json& table);
Result<Bits> parse_bits(const codec::Json& table, std::string_view platform, std::string_view path);

bool bits_hold(const Bits& rule, const codec::Json& found);
// The one value a rule takes that leaves no bit free.
std::optional<codec::Json> only_value(const Bits& rule);
// Does everything `inner` takes satisfy `outer`?
bool bits_cover(const Bits& outer, const Bits& inner);
// "SEPT_VE_DISABLE set, DEBUG clear, others free (reason)".
std::string describe_bits(const Bits& rule);
// Of the bits a rule leaves free, those that have names.
std::vector<std::string_view> free_names(const Bits& rule);

}  // namespace claustrum::policy
