// SPDX-License-Identifier: Apache-2.0
// The rules a policy is made of [docs/formats/policy.md]. A closed variant: there is no rule that
// means "skip" without a written reason, and a claim that is absent satisfies nothing but Ignore.
#pragma once

#include <variant>

#include "claustrum/codec/json.h"

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
struct Ignore {
  std::string reason;
};
using Rule = std::variant<Exact, OneOf, AtLeast, Ignore>;

// What a rule's values must look like; hex is lower-case and of whole bytes, so that a value typed
// in capitals is an error of the author and not a silent denial.
enum class ValueKind { kText, kHex, kBoolean, kInteger, kAny };

// A table with exactly one of exact, one-of, at-least, ignore: else malformed "policy.rule".
Result<Rule> parse_rule(const codec::Json& table, ValueKind kind);
// `found` is nullptr when the evidence makes no such claim.
bool holds(const Rule& rule, const codec::Json* found);
// "exactly 0", "one of Milan, Genoa", "at least 24", "anything (reason)".
std::string describe(const Rule& rule);
// A claim as a verdict shows it: strings bare, all else as JSON.
std::string describe_value(const codec::Json& value);

}  // namespace claustrum::policy
