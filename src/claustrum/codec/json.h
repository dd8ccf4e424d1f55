// SPDX-License-Identifier: Apache-2.0
// JSON (RFC 8259), strict: valid UTF-8, no duplicate members, no lone surrogates, bounded size,
// depth and count, integers in int64 unless a caller allows other numbers. One value type serves
// reading, building and the canonical form (RFC 8785, JCS) [docs/decisions/0002].
#pragma once

#include <map>
#include <optional>
#include <variant>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::codec {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // in order of appearance; keys unique

  Json() = default;                                             // null
  Json(std::nullptr_t) {}                                       // NOLINT: implicit by design
  Json(bool value) : value_(value) {}                           // NOLINT
  Json(int value) : value_(std::int64_t{value}) {}              // NOLINT
  Json(std::int64_t value) : value_(value) {}                   // NOLINT
  Json(double value) : value_(value) {}                         // NOLINT
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT
  Json(Array value) : value_(std::move(value)) {}               // NOLINT
  static Json object() { return Json(Object{}); }
  static Json object(Object members) { return Json(std::move(members)); }
  static Json array() { return Json(Array{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_double() const { return std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Unchecked access: CLAUSTRUM_CHECK on a wrong type; for values just tested or built.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;  // integer or double
  const std::string& string() const;
  const Array& items() const;
  Array& items();
  const Object& members() const;

  // Member of an object; nullptr when absent or when this is no object.
  const Json* find(std::string_view key) const;
  // Adds or replaces; makes a null value an object. Returns *this for chaining.
  Json& set(std::string_view key, Json value);
  Json& push(Json value);  // makes a null value an array

  // Checked access to untrusted input. Missing or wrong type: malformed "json.member", text names
  // the key (a literal of ours), not the value.
  Result<std::string> string_at(std::string_view key) const;
  Result<std::int64_t> integer_at(std::string_view key) const;
  Result<bool> boolean_at(std::string_view key) const;
  Result<Json> object_at(std::string_view key) const;
  Result<Json> array_at(std::string_view key) const;
  // base64 (standard) and base64url strings decoded; hex of exactly `length` bytes (0 = any).
  Result<Bytes> base64_at(std::string_view key) const;
  Result<Bytes> base64url_at(std::string_view key) const;
  Result<Bytes> hex_at(std::string_view key, std::size_t length = 0) const;
  // Malformed "json.unknown_member" if this object has a member not listed, or is no object.
  Status only_members(std::initializer_list<std::string_view> allowed) const;

  bool operator==(const Json&) const = default;

 private:
  explicit Json(Object value) : value_(std::move(value)) {}
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

enum class JsonNumbers { kIntegers, kAny };

struct JsonLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_depth = 16;  // containers around a value
  std::size_t max_values = 100'000;
  JsonNumbers numbers = JsonNumbers::kIntegers;
};

Result<Json> parse_json(BytesView text, const JsonLimits& limits = {});
inline Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {}) {
  return parse_json(as_bytes(text), limits);
}

// Writers' strings are UTF-8; what parse_json gave is.
// Compact, members in their own order.
std::string to_json(const Json& value);
// Two-space indentation, for people.
std::string to_pretty_json(const Json& value);
// RFC 8785: members sorted by UTF-16 code units, ECMAScript numbers.
std::string to_jcs(const Json& value);

}  // namespace claustrum::codec
