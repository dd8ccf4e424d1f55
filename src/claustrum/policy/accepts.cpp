// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/accepts.h"

#include <algorithm>

namespace claustrum::policy {

Accepts Accepts::of(const Rule& rule) {
  return Accepts(std::holds_alternative<Ignore>(rule) ? Kind::kAnything : Kind::kRule, &rule);
}

bool Accepts::takes(const codec::Json& value) const {
  return kind_ == Kind::kAnything || (kind_ == Kind::kRule && holds(*rule_, &value));
}

// A floor holds without end, so only a floor of its kind that is no higher covers it.
bool Accepts::covers_from(const Rule& inner) const {
  if (kind_ != Kind::kRule) {
    return kind_ == Kind::kAnything;
  }
  if (const auto* floor = std::get_if<AtLeast>(&inner)) {
    const auto* mine = std::get_if<AtLeast>(rule_);
    return mine != nullptr && mine->value <= floor->value;
  }
  if (const auto* bits = std::get_if<Bits>(&inner)) {
    const auto* mine = std::get_if<Bits>(rule_);
    const std::optional<codec::Json> value = only_value(*bits);
    return mine != nullptr ? bits_cover(*mine, *bits) : value && takes(*value);
  }
  if (const auto* floor = std::get_if<AtLeastDate>(&inner)) {
    const auto* mine = std::get_if<AtLeastDate>(rule_);
    return mine != nullptr && mine->value <= floor->value;
  }
  return false;
}

bool Accepts::covers(const Accepts& inner) const {
  switch (inner.kind_) {
    case Kind::kNothing:
      return true;
    case Kind::kAbsence:
      return kind_ == Kind::kAbsence || kind_ == Kind::kAnything;
    case Kind::kAnything:
      return kind_ == Kind::kAnything;
    case Kind::kRule:
      break;
  }
  if (const auto* exact = std::get_if<Exact>(inner.rule_)) {
    return takes(exact->value);
  }
  if (const auto* set = std::get_if<OneOf>(inner.rule_)) {
    return std::all_of(set->values.begin(), set->values.end(),
                       [this](const codec::Json& value) { return takes(value); });
  }
  return covers_from(*inner.rule_);
}

std::string Accepts::text() const {
  if (rule_ != nullptr) {
    return describe(*rule_);
  }
  switch (kind_) {
    case Kind::kNothing:
      return "no rule: denies";
    case Kind::kAbsence:
      return "no rule: denies where the evidence says it";
    case Kind::kAnything:
    case Kind::kRule:
      break;
  }
  return "not looked at";
}

}  // namespace claustrum::policy
