// SPDX-License-Identifier: Apache-2.0
// Rules of a policy [docs/formats/policy.md]. Comparison is by type and value: the text "0" never
// equals the number 0, so a rule of the wrong type cannot hold by accident.
#include "claustrum/policy/rule.h"

#include <algorithm>
#include <optional>

#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;

template <typename... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overload(Ts...) -> Overload<Ts...>;

Error bad_rule(std::string text) {
  return Error(Code::kMalformed, "policy.rule", std::move(text));
}

bool is_lower_hex(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), digit);
}

std::optional<Instant> date_of(const Json& value) {
  if (!value.is_string()) {
    return std::nullopt;
  }
  const auto at = parse_rfc3339(value.string());
  // One spelling a date: comparison of exact and one-of is by text.
  if (!at.ok() || format_rfc3339(*at) != value.string()) {
    return std::nullopt;
  }
  return *at;
}

bool fits(const Json& value, ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
      return value.is_string();
    case ValueKind::kHex:
      return value.is_string() && is_lower_hex(value.string());
    case ValueKind::kBoolean:
      return value.is_bool();
    case ValueKind::kInteger:
      return value.is_integer();
    case ValueKind::kDate:
      return date_of(value).has_value();
    case ValueKind::kAny:
      return !value.is_null() && !value.is_object() && !value.is_double();
  }
  return false;
}

Result<Rule> one_of(const Json& list, ValueKind kind) {
  if (!list.is_array()) {
    return bad_rule("one-of takes a list");
  }
  OneOf rule;
  for (const Json& value : list.items()) {
    if (!fits(value, kind)) {
      return bad_rule("a value of one-of has the wrong type for this field");
    }
    rule.values.push_back(value);
  }
  return Rule(std::move(rule));
}

Result<Rule> ignore(const Json& reason) {
  if (!reason.is_string() || is_blank(reason.string())) {
    return bad_rule("ignore takes a reason");
  }
  return Rule(Ignore{reason.string()});
}

Result<Rule> at_least(const Json& value, ValueKind kind) {
  if (kind == ValueKind::kDate) {
    const std::optional<Instant> at = date_of(value);
    if (!at) {
      return bad_rule("at-least takes a date here, as 2025-01-01T00:00:00Z");
    }
    return Rule(AtLeastDate{*at});
  }
  if ((kind != ValueKind::kInteger && kind != ValueKind::kAny) || !value.is_integer()) {
    return bad_rule("at-least is for integers");
  }
  return Rule(AtLeast{value.integer()});
}

}  // namespace

Result<Rule> parse_rule(const Json& table, ValueKind kind) {
  if (!table.is_object() || table.members().size() != 1) {
    return bad_rule("a rule is a table with one of exact, one-of, at-least, ignore");
  }
  const auto& [name, value] = table.members().front();
  if (name == "one-of") {
    return one_of(value, kind);
  }
  if (name == "ignore") {
    return ignore(value);
  }
  if (name == "exact") {
    if (!fits(value, kind)) {
      return bad_rule("the value of exact has the wrong type for this field");
    }
    return Rule(Exact{value});
  }
  if (name == "at-least") {
    return at_least(value, kind);
  }
  return bad_rule("a rule is a table with one of exact, one-of, at-least, ignore");
}

bool holds(const Rule& rule, const Json* found) {
  if (std::holds_alternative<Ignore>(rule)) {
    return true;
  }
  if (found == nullptr) {
    return false;
  }
  return std::visit(Overload{
                        [&](const Exact& exact) { return *found == exact.value; },
                        [&](const OneOf& set) {
                          return std::find(set.values.begin(), set.values.end(), *found) !=
                                 set.values.end();
                        },
                        [&](const AtLeast& floor) {
                          return found->is_integer() && found->integer() >= floor.value;
                        },
                        [&](const AtLeastDate& floor) {
                          const std::optional<Instant> at = date_of(*found);
                          return at && *at >= floor.value;
                        },
                        [&](const Bits& bits) { return bits_hold(bits, *found); },
                        [](const Ignore&) { return true; },
                    },
                    rule);
}

std::string describe_value(const Json& value) {
  return value.is_string() ? value.string() : codec::to_json(value);
}

std::string describe(const Rule& rule) {
  return std::visit(
      Overload{
          [](const Exact& exact) { return "exactly " + describe_value(exact.value); },
          [](const OneOf& set) {
            std::string text = "one of";
            for (std::size_t i = 0; i < set.values.size(); ++i) {
              text += (i == 0 ? " " : ", ") + describe_value(set.values[i]);
            }
            return set.values.empty() ? text + " nothing" : text;
          },
          [](const AtLeast& floor) { return "at least " + std::to_string(floor.value); },
          [](const AtLeastDate& floor) { return "at least " + format_rfc3339(floor.value); },
          [](const Bits& bits) { return describe_bits(bits); },
          [](const Ignore& ignored) { return "anything (" + ignored.reason + ")"; },
      },
      rule);
}

}  // namespace claustrum::policy
