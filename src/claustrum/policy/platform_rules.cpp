// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/platform_rules.h"

#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

std::vector<std::string> missing_rules(std::string_view platform, const PlatformRules& rules) {
  std::vector<std::string> out;
  const PlatformFacts& facts = facts_of(platform);
  const auto need = [&out](bool present, Attests attests, const char* name) {
    if (!present && attests == Attests::kAlways) {
      out.emplace_back(name);
    }
  };
  need(rules.product.has_value(), facts.product, "product");
  need(rules.provider.has_value(), facts.provider, "provider");
  need(rules.debug.has_value(), Attests::kAlways, "debug");
  need(rules.migration.has_value(), facts.migration, "migration");
  need(rules.privilege_level.has_value(), facts.privilege_level, "privilege-level");
  need(rules.hardware_id.has_value(), Attests::kAlways, "hardware-id");
  need(!rules.measurements.empty(), Attests::kAlways, "measurements");
  need(rules.tcb_ignored || !rules.tcb.empty(), Attests::kAlways, "tcb");
  need(rules.tcb_status.has_value(), facts.standing, "tcb-status");
  need(rules.tcb_date.has_value(), facts.standing, "tcb-date");
  need(rules.evaluation_number.has_value(), facts.standing, "evaluation-number");
  return out;
}

const RuleMap* tcb_rules(const ProductRules& tcb, std::string_view product) {
  auto at = tcb.find(product);
  if (at == tcb.end()) {
    at = tcb.find(kAnyProduct);
  }
  return at == tcb.end() ? nullptr : &at->second;
}

}  // namespace claustrum::policy
