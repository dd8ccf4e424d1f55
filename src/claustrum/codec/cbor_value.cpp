// SPDX-License-Identifier: Apache-2.0
// Building and looking into CBOR values. A wrong type gives nullopt or nullptr, never a default.
#include <algorithm>

#include "claustrum/codec/cbor.h"

namespace claustrum::codec {

Cbor Cbor::unsigned_integer(std::uint64_t value) {
  Cbor out;
  out.type_ = Type::kUnsigned;
  out.number_ = value;
  return out;
}

Cbor Cbor::integer(std::int64_t value) {
  if (value >= 0) {
    return unsigned_integer(static_cast<std::uint64_t>(value));
  }
  Cbor out;
  out.type_ = Type::kNegative;
  out.number_ = static_cast<std::uint64_t>(-1 - value);
  return out;
}

Cbor Cbor::bytes(BytesView value) {
  Cbor out;
  out.type_ = Type::kBytes;
  out.string_ = to_bytes(value);
  return out;
}

Cbor Cbor::text(std::string_view value) {
  Cbor out;
  out.type_ = Type::kText;
  out.string_ = to_bytes(value);
  return out;
}

Cbor Cbor::array(std::vector<Cbor> items) {
  Cbor out;
  out.type_ = Type::kArray;
  out.items_ = std::move(items);
  return out;
}

Cbor Cbor::map(std::vector<std::pair<Cbor, Cbor>> entries) {
  Cbor out;
  out.type_ = Type::kMap;
  out.entries_ = std::move(entries);
  return out;
}

Cbor Cbor::tag(std::uint64_t number, Cbor content) {
  Cbor out;
  out.type_ = Type::kTag;
  out.number_ = number;
  out.items_.push_back(std::move(content));
  return out;
}

Cbor Cbor::boolean(bool value) {
  Cbor out;
  out.number_ = value ? 21 : 20;
  return out;
}

Cbor Cbor::null() {
  return {};
}

bool Cbor::is_null() const {
  return type_ == Type::kSimple && number_ == 22;
}

std::optional<bool> Cbor::as_boolean() const {
  if (type_ == Type::kSimple && (number_ == 20 || number_ == 21)) {
    return number_ == 21;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Cbor::as_integer() const {
  if (number_ > static_cast<std::uint64_t>(INT64_MAX)) {
    return std::nullopt;
  }
  if (type_ == Type::kUnsigned) {
    return static_cast<std::int64_t>(number_);
  }
  if (type_ == Type::kNegative) {
    return -1 - static_cast<std::int64_t>(number_);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Cbor::as_unsigned() const {
  return type_ == Type::kUnsigned ? std::optional(number_) : std::nullopt;
}

std::optional<BytesView> Cbor::as_bytes() const {
  return type_ == Type::kBytes ? std::optional<BytesView>(string_) : std::nullopt;
}

std::optional<std::string_view> Cbor::as_text() const {
  return type_ == Type::kText ? std::optional<std::string_view>(claustrum::as_text(string_))
                              : std::nullopt;
}

const std::vector<Cbor>* Cbor::as_array() const {
  return type_ == Type::kArray ? &items_ : nullptr;
}

const std::vector<std::pair<Cbor, Cbor>>* Cbor::as_map() const {
  return type_ == Type::kMap ? &entries_ : nullptr;
}

const Cbor* Cbor::tagged() const {
  return type_ == Type::kTag ? &items_.front() : nullptr;
}

const Cbor* Cbor::find(std::int64_t key) const {
  for (const auto& [name, value] : entries_) {
    if (name.as_integer() == key) {
      return &value;
    }
  }
  return nullptr;
}

const Cbor* Cbor::find(std::string_view key) const {
  for (const auto& [name, value] : entries_) {
    if (name.as_text() == key) {
      return &value;
    }
  }
  return nullptr;
}

bool Cbor::operator==(const Cbor& other) const {
  return encode_cbor(*this) == encode_cbor(other);
}

}  // namespace claustrum::codec
