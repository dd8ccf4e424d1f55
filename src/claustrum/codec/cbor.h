// SPDX-License-Identifier: Apache-2.0
// CBOR (RFC 8949). The reader pulls items in order over ByteReader with limits on depth and count;
// the writer emits core deterministic encoding (4.2.1). Indefinite lengths are accepted only where
// a caller's format tolerates them.
#pragma once

#include <optional>

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::codec {

struct CborLimits {
  std::size_t max_depth = 16;  // containers and tags around an item
  std::size_t max_items = 100'000;
  bool allow_indefinite = false;
  // Where indefinite lengths are allowed: of arrays and maps only, no strings in pieces.
  bool definite_strings = false;
  // Shortest integers, lengths and floats, sorted map keys; overrides allow_indefinite.
  bool require_deterministic = false;
};

// One decoded item; trees are small (evidence, receipts), so a value type serves.
class Cbor {
 public:
  enum class Type { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple, kFloat };

  static Cbor unsigned_integer(std::uint64_t value);
  // Any int64, as kUnsigned or kNegative.
  static Cbor integer(std::int64_t value);
  static Cbor bytes(BytesView value);
  static Cbor text(std::string_view value);
  static Cbor array(std::vector<Cbor> items);
  static Cbor map(std::vector<std::pair<Cbor, Cbor>> entries);
  static Cbor tag(std::uint64_t number, Cbor content);
  static Cbor boolean(bool value);
  static Cbor null();

  Type type() const { return type_; }
  bool is_null() const;
  std::optional<bool> as_boolean() const;
  std::optional<std::int64_t> as_integer() const;  // kUnsigned or kNegative in range
  std::optional<std::uint64_t> as_unsigned() const;
  std::optional<BytesView> as_bytes() const;
  std::optional<std::string_view> as_text() const;
  const std::vector<Cbor>* as_array() const;
  const std::vector<std::pair<Cbor, Cbor>>* as_map() const;
  std::uint64_t tag_number() const { return number_; }
  const Cbor* tagged() const;  // content of a kTag
  double as_float() const { return float_; }
  std::uint64_t simple_value() const { return number_; }
  // n of a kNegative item, whose value is -1 - n (may be below int64's range).
  std::uint64_t negative_argument() const { return number_; }

  // Value for an integer or text key of a map; nullptr when absent.
  const Cbor* find(std::int64_t key) const;
  const Cbor* find(std::string_view key) const;

  bool operator==(const Cbor& other) const;

 private:
  friend class CborParser;
  Type type_ = Type::kSimple;
  std::uint64_t number_ = 22;  // argument: value, -1-value, tag or simple
  double float_ = 0;
  Bytes string_;
  std::vector<Cbor> items_;  // array items, or the one tagged item
  std::vector<std::pair<Cbor, Cbor>> entries_;
};

// Exactly one item, nothing after it. Duplicate map keys are malformed "cbor.duplicate_key".
Result<Cbor> parse_cbor(BytesView data, const CborLimits& limits = {});
// Core deterministic encoding: shortest heads, map keys sorted bytewise.
Bytes encode_cbor(const Cbor& value);

}  // namespace claustrum::codec
