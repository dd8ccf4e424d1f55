// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/launch_rules.h"

#include <algorithm>

#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

bool must_be_constrained(std::string_view leaf) {
  return leaf == "role" || leaf.starts_with("engine.");
}

bool launch_data_open(const Rules& rules) {
  const auto open = [](const Rule& rule) { return std::holds_alternative<Ignore>(rule); };
  const bool digest_open = !rules.init_data_digest || open(*rules.init_data_digest);
  const bool fields_open =
      !rules.init_data_fields ||
      std::all_of(rules.init_data_fields->begin(), rules.init_data_fields->end(),
                  [&](const auto& leaf) { return open(leaf.second); });
  return (rules.init_data_digest || rules.init_data_fields) && digest_open && fields_open;
}

namespace {

using Group = std::span<const std::string_view>;

bool asks(const RuleMap& rules, std::string_view name) {
  const auto at = rules.find(name);
  return at != rules.end() && !std::holds_alternative<Ignore>(at->second);
}

// An ID block's signer stands for the programs it signs; a digest of zeros is nobody's.
bool asks_for_signer(const RuleMap& claims, std::string_view name) {
  const auto at = claims.find(name);
  const auto zero = [](const codec::Json& value) {
    return !value.is_string() || value.string().find_first_not_of('0') == std::string::npos;
  };
  if (at == claims.end()) {
    return false;
  }
  if (const auto* exact = std::get_if<Exact>(&at->second)) {
    return !zero(exact->value);
  }
  const auto* set = std::get_if<OneOf>(&at->second);
  return set != nullptr && std::ranges::none_of(set->values, zero);
}

std::string open_group(const RuleMap& rules, Group group) {
  std::string names;
  for (const std::string_view name : group) {
    if (asks(rules, name)) {
      return {};
    }
    if (rules.contains(name)) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
  }
  return names;
}

}  // namespace

std::string open_program(std::string_view platform, const PlatformRules& rules) {
  const PlatformFacts& facts = facts_of(platform);
  if (platform == "amd-sev-snp" && (asks_for_signer(rules.claims, "id_key_digest") ||
                                    asks_for_signer(rules.claims, "author_key_digest"))) {
    return {};
  }
  for (const Group group : facts.groups) {
    std::string names = open_group(rules.measurements, group);
    if (!names.empty()) {
      return names;
    }
  }
  if (facts.known) {
    return {};
  }
  const bool any = std::ranges::any_of(
      rules.measurements, [&](const auto& entry) { return asks(rules.measurements, entry.first); });
  return any || rules.measurements.empty() ? std::string() : "every measurement";
}

}  // namespace claustrum::policy
