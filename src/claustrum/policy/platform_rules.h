// SPDX-License-Identifier: Apache-2.0
// One platform's section of a version 2 policy [docs/formats/policy.md]. Sections stand alone, so
// that no rule meant for one vendor's words is read with another's.
#pragma once

#include <map>
#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/policy/rule.h"

namespace claustrum::policy {

using RuleMap = std::map<std::string, Rule, std::less<>>;
using ProductRules = std::map<std::string, RuleMap, std::less<>>;  // product -> component -> rule

// Products without a table of their own, and evidence that names none.
inline constexpr std::string_view kAnyProduct = "any";

// An advisory that stands against the firmware, accepted with open eyes.
struct AcceptedAdvisory {
  std::string id;
  std::string reason;
  Instant until;
};

struct PlatformRules {
  std::optional<Rule> product;
  std::optional<Rule> provider;
  std::optional<Rule> debug;
  std::optional<Rule> migration;
  std::optional<Rule> privilege_level;
  std::optional<Rule> hardware_id;
  std::optional<Rule> tcb_status;
  std::optional<Rule> tcb_date;
  std::optional<Rule> evaluation_number;
  std::optional<Ignore> tcb_ignored;
  ProductRules tcb;
  RuleMap measurements;
  RuleMap claims;  // dotted path into Claims.details -> rule
  std::vector<AcceptedAdvisory> advisories;
};

using Platforms = std::map<std::string, PlatformRules, std::less<>>;

// Members without a rule that this platform needs, by their name in the section.
std::vector<std::string> missing_rules(std::string_view platform, const PlatformRules& rules);
// The table for a product: its own, else "any"; nullptr: the product is denied.
const RuleMap* tcb_rules(const ProductRules& tcb, std::string_view product);

}  // namespace claustrum::policy
