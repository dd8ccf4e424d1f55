// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/judge_help.h"

#include "claustrum/base/guard.h"

namespace claustrum::policy {

using codec::Json;
using evidence::Factors;
using evidence::FactorStatus;

bool satisfied(const std::optional<Rule>& rule, const Found& found) {
  return rule.has_value() && holds(*rule, found.has_value() ? &*found : nullptr);
}

Found text_or_nothing(std::string text) {
  return text.empty() ? Found() : Found(Json(std::move(text)));
}

void add(Factors& factors, std::string_view id, const std::optional<Rule>& rule, const Found& found,
         bool ok, std::string_view reason, std::string advice) {
  std::string seen = found ? describe_value(*found) : std::string(kNotAttestedText);
  if (seen.empty()) {
    seen = "none";
  }
  if (!rule.has_value()) {
    factors.fail(id, "policy.incomplete", "a rule for this in the policy", seen,
                 "add a rule to the policy; nothing is accepted unsaid");
    return;
  }
  if (!ok) {
    factors.fail(id, reason, describe(*rule), seen, std::move(advice));
    return;
  }
  if (!found && std::holds_alternative<Ignore>(*rule)) {
    factors.add({std::string(id), FactorStatus::kNotAttested, describe(*rule), seen, {}, {}});
    return;
  }
  factors.pass(id, describe(*rule), seen);
}

namespace {

void judge_tcb_component(Factors& factors, const std::string& component, const RuleMap& rules,
                         const Found& found) {
  const auto at = rules.find(component);
  const std::string id = "tcb." + component;
  if (!CLAUSTRUM_GUARD("policy.tcb_unruled", at != rules.end())) {
    factors.fail(id, "policy.tcb_unruled", "a rule for this component",
                 found ? describe_value(*found) : std::string(kNotAttestedText),
                 "name the component under this product in [tcb]");
    return;
  }
  const std::optional<Rule> rule =
      at == rules.end() ? Rule(Ignore{"check switched off"}) : at->second;
  add(factors, id, rule, found, CLAUSTRUM_GUARD("policy.tcb", satisfied(rule, found)), "policy.tcb",
      "the platform's firmware is older than the policy takes; update it");
}

}  // namespace

void judge_tcb(const std::optional<Ignore>& ignored, const RuleMap* components,
               const evidence::Claims& claims, Factors& factors) {
  if (ignored) {
    factors.pass("tcb", describe(Rule(*ignored)), std::string(kReportedOnly));
    return;
  }
  if (!CLAUSTRUM_GUARD("policy.tcb_product", components != nullptr)) {
    factors.fail("tcb", "policy.tcb_product", "rules for this product under [tcb]",
                 claims.product.empty() ? "no product named" : claims.product,
                 "use a product that has floors, or write floors for this one");
    return;
  }
  static const RuleMap kNone;
  const RuleMap& rules = components == nullptr ? kNone : *components;
  for (const auto& [component, level] : claims.tcb) {
    judge_tcb_component(factors, component, rules, Found(std::in_place, level));
  }
  for (const auto& [component, rule] : rules) {
    if (!claims.tcb.contains(component)) {
      judge_tcb_component(factors, component, rules, Found());
    }
  }
}

}  // namespace claustrum::policy
