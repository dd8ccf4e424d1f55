// SPDX-License-Identifier: Apache-2.0
// The rules a policy is made of [docs/formats/policy.md]. A closed variant: there is no rule that
// means "skip" without a written reason, and a claim that is absent satisfies nothing but Ignore.
#pragma once

#include <variant>

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/policy/bits.h"

namespace claustrum::policy {

struct Exact {
  codec::Json value;
};
struct OneOf {
  std::vector<codec::Json> values;  // empty: never holds
};
struct AtLeast {
  std::int64_t value = 0;
};
struct AtLeastDate {
  Instant value;
};
struct Ignore {
  std::string reason;
};
using Rule = std::variant<Exact, OneOf, AtLeast, AtLeastDate, Bits, Ignore>;

// What a rule's values must look like; hex is lower-case and of whole bytes, so that a value typed
// in capitals is an error of the author and not a silent denial. Dates are texts of one spelling,
// "2025-01-01T00:00:00Z"; only they and integers have an order.
enum class ValueKind { kText, kHex, kBoolean, kInteger, kDate, kAny };

// A table with exactly one of exact, one-of, at-least, ignore: else malformed "policy.rule".
// Rules about bits need to know of which field: parse_bits.
Result<Rule> parse_rule(const codec::Json& table, ValueKind kind);
// `found` is nullptr when the evidence makes no such claim.
bool holds(const Rule& rule, const codec::Json* found);
// "exactly 0", "one of Milan, Genoa", "at least 24", "anything (reason)".
std::string describe(const Rule& rule);
// A claim as a verdict shows it: strings bare, all else as JSON.
std::string describe_value(const codec::Json& value);

}  // namespace claustrum::policy
