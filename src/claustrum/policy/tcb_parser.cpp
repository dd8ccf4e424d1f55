// SPDX-License-Identifier: Apache-2.0
// Reading the security versions of [platform.<name>] [docs/formats/policy.md, version 2]. A product
// whose name is mistyped would fall to the floors of "any", and a table of zeros asks for nothing:
// both are errors.
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/policy/parse_help.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kComponents = 16;
constexpr std::int64_t kMaxComponent = 255;

// Intel's lists of components, by the name of their members here.
struct Group {
  std::string_view name;
  std::string_view prefix;
};
constexpr Group kGroups[] = {{"sgxtcbcomponents", "sgxtcbcomp"},
                             {"tdxtcbcomponents", "tdxtcbcomp"}};

Error bad_list() {
  return malformed("policy.rule", "components take at-least or exact with 16 numbers, or ignore");
}

bool is_component_list(const Json& value) {
  return value.is_array() && value.items().size() == kComponents &&
         std::ranges::all_of(value.items(), [](const Json& level) {
           return level.is_integer() && level.integer() >= 0 && level.integer() <= kMaxComponent;
         });
}

std::string component_name(const Group& group, std::size_t at) {
  const std::string number = std::to_string(at + 1);
  return std::string(group.prefix) + (number.size() < 2 ? "0" : "") + number;
}

// { at-least = [16 numbers] } is one rule a component, so that nothing else has to know of lists.
Status read_group(const Group& group, const Json& table, RuleMap& out) {
  if (!table.is_object() || table.members().size() != 1) {
    return bad_list();
  }
  const auto& [kind, value] = table.members().front();
  const bool open = kind == "ignore";
  if (!open && ((kind != "at-least" && kind != "exact") || !is_component_list(value))) {
    return bad_list();
  }
  for (std::size_t i = 0; i < kComponents; ++i) {
    Json one = Json::object();
    one.set(kind, open ? value : value.items()[i]);
    CLAUSTRUM_TRY_ASSIGN(Rule rule, parse_rule(one, ValueKind::kInteger));
    if (!out.emplace(component_name(group, i), std::move(rule)).second) {
      return malformed("policy.rule", "a component is named alone and in a list");
    }
  }
  return ok_status();
}

// Some floors are truly zero, but not all of a table.
bool asks_for_nothing(const RuleMap& rules) {
  const auto zero = [](const Rule& rule) {
    const auto* floor = std::get_if<AtLeast>(&rule);
    return floor != nullptr && floor->value <= 0;
  };
  return std::ranges::any_of(rules, [&](const auto& entry) { return zero(entry.second); }) &&
         std::ranges::all_of(rules, [&](const auto& entry) {
           return zero(entry.second) || std::holds_alternative<Ignore>(entry.second);
         });
}

Result<RuleMap> read_components(const Json& table) {
  if (!table.is_object()) {
    return malformed("policy.rule", "a table of rules is expected");
  }
  RuleMap out;
  for (const auto& [name, value] : table.members()) {
    const auto group = std::ranges::find(kGroups, name, &Group::name);
    if (group != std::end(kGroups)) {
      CLAUSTRUM_TRY(read_group(*group, value, out));
      continue;
    }
    CLAUSTRUM_TRY_ASSIGN(Rule rule, parse_rule(value, ValueKind::kInteger));
    if (!out.emplace(name, std::move(rule)).second) {
      return malformed("policy.rule", "a component is named alone and in a list");
    }
  }
  if (!CLAUSTRUM_GUARD("policy.hollow_floors", !asks_for_nothing(out))) {
    return malformed("policy.hollow",
                     "floors of zero hold for everything: say ignore with a reason instead");
  }
  return out;
}

}  // namespace

Status read_floors_of(std::string_view platform, const Json& section, PlatformRules& out) {
  const Json* tcb = section.find("tcb");
  if (tcb == nullptr) {
    return ok_status();
  }
  if (!tcb->is_object() || tcb->find("ignore") != nullptr) {
    return read_tcb(section, out.tcb_ignored, out.tcb);
  }
  for (const auto& [product, table] : tcb->members()) {
    if (!CLAUSTRUM_GUARD("policy.product_name",
                         product == kAnyProduct || is_product(platform, product))) {
      return malformed("policy.name", "tcb: no product of this platform is spelled so");
    }
    CLAUSTRUM_TRY_ASSIGN(RuleMap components, read_components(table));
    out.tcb.emplace(product, std::move(components));
  }
  return ok_status();
}

}  // namespace claustrum::policy
