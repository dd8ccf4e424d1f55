// SPDX-License-Identifier: Apache-2.0
// Access to a JSON value. The *_at functions are for input: they give an Error where the plain
// accessors, meant for values just tested, abort.
#include <algorithm>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/codec/utf8.h"

namespace claustrum::codec {

namespace {

Error bad_member(std::string_view key) {
  return Error(Code::kMalformed, "json.member", "missing or wrong type: " + std::string(key));
}

// Says which member it was that could not be decoded.
Result<Bytes> named(Result<Bytes> decoded, std::string_view key) {
  if (!decoded.ok()) {
    return std::move(decoded).error().within(key);
  }
  return decoded;
}

}  // namespace

bool Json::boolean() const {
  CLAUSTRUM_CHECK(is_bool());
  return std::get<bool>(value_);
}

std::int64_t Json::integer() const {
  CLAUSTRUM_CHECK(is_integer());
  return std::get<std::int64_t>(value_);
}

double Json::number() const {
  if (is_integer()) {
    return static_cast<double>(integer());
  }
  CLAUSTRUM_CHECK(is_double());
  return std::get<double>(value_);
}

const std::string& Json::string() const {
  CLAUSTRUM_CHECK(is_string());
  return std::get<std::string>(value_);
}

const Json::Array& Json::items() const {
  CLAUSTRUM_CHECK(is_array());
  return std::get<Array>(value_);
}

Json::Array& Json::items() {
  CLAUSTRUM_CHECK(is_array());
  return std::get<Array>(value_);
}

const Json::Object& Json::members() const {
  CLAUSTRUM_CHECK(is_object());
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) {
    return nullptr;
  }
  for (const Member& member : members()) {
    if (member.first == key) {
      return &member.second;
    }
  }
  return nullptr;
}

Json& Json::set(std::string_view key, Json value) {
  if (is_null()) {
    value_ = Object{};
  }
  CLAUSTRUM_CHECK(is_object());
  Object& object = std::get<Object>(value_);
  for (Member& member : object) {
    if (member.first == key) {
      member.second = std::move(value);
      return *this;
    }
  }
  object.emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) {
    value_ = Array{};
  }
  items().push_back(std::move(value));
  return *this;
}

Result<std::string> Json::string_at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr || !member->is_string()) {
    return bad_member(key);
  }
  return member->string();
}

Result<std::int64_t> Json::integer_at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr || !member->is_integer()) {
    return bad_member(key);
  }
  return member->integer();
}

Result<bool> Json::boolean_at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr || !member->is_bool()) {
    return bad_member(key);
  }
  return member->boolean();
}

Result<Json> Json::object_at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr || !member->is_object()) {
    return bad_member(key);
  }
  return *member;
}

Result<Json> Json::array_at(std::string_view key) const {
  const Json* member = find(key);
  if (member == nullptr || !member->is_array()) {
    return bad_member(key);
  }
  return *member;
}

Result<Bytes> Json::base64_at(std::string_view key) const {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, string_at(key));
  return named(base64_decode(text), key);
}

Result<Bytes> Json::base64url_at(std::string_view key) const {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, string_at(key));
  return named(base64url_decode(text), key);
}

Result<Bytes> Json::hex_at(std::string_view key, std::size_t length) const {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, string_at(key));
  CLAUSTRUM_TRY_ASSIGN(Bytes bytes, named(hex_decode(text), key));
  if (length != 0 && bytes.size() != length) {
    return bad_member(key);
  }
  return bytes;
}

Status Json::only_members(std::initializer_list<std::string_view> allowed) const {
  if (!is_object()) {
    return Error(Code::kMalformed, "json.unknown_member", "not an object");
  }
  for (const Member& member : members()) {
    if (std::find(allowed.begin(), allowed.end(), member.first) == allowed.end()) {
      return Error(Code::kMalformed, "json.unknown_member",
                   "unknown member " + printable(member.first));
    }
  }
  return ok_status();
}

}  // namespace claustrum::codec
