// SPDX-License-Identifier: Apache-2.0
// Reading [platform.<name>] [docs/formats/policy.md, version 2]. Each member has one type; what is
// left out parses and denies at appraisal.
#include <algorithm>

#include "claustrum/policy/hollow.h"
#include "claustrum/policy/parse_help.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxNameLen = 128;

// Names become parts of factor ids and of lines on a terminal.
bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameLen &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_path(std::string_view path) {
  return plain_name(path) && path.front() != '.' && path.back() != '.' &&
         path.find("..") == std::string_view::npos;
}

// All values a claim can have, where they are few.
Values values_of_claim(std::string_view platform, std::string_view path) {
  const bool bit = platform == "amd-sev-snp" && !path.ends_with(".raw") &&
                   (path.starts_with("platform_info.") || path.starts_with("flags."));
  return bit ? Values{Json(0), Json(1)} : all_booleans();
}

Result<Rule> claim_rule(const Json& value, std::string_view platform, std::string_view path) {
  if (is_bit_rule(value)) {
    CLAUSTRUM_TRY_ASSIGN(Bits bits, parse_bits(value, platform, path));
    return Rule(std::move(bits));
  }
  CLAUSTRUM_TRY_ASSIGN(Rule rule, parse_rule(value, ValueKind::kAny));
  CLAUSTRUM_TRY(check_not_hollow(rule, values_of_claim(platform, path)));
  return rule;
}

Result<RuleMap> claim_rules(const Json& section, std::string_view platform) {
  RuleMap out;
  const Json* table = section.find("claims");
  if (table == nullptr) {
    return out;
  }
  if (!table->is_object()) {
    return malformed("policy.rule", "a table of rules is expected");
  }
  for (const auto& [path, value] : table->members()) {
    Result<Rule> rule = claim_rule(value, platform, path);
    if (!rule.ok()) {
      return Error(rule.error()).within("claims");
    }
    out.emplace(path, std::move(rule).value());
  }
  return out;
}

Result<RuleMap> measurement_rules(const Json& section) {
  const Json* table = section.find("measurements");
  if (table == nullptr) {
    return RuleMap{};
  }
  CLAUSTRUM_TRY_ASSIGN(RuleMap out, rule_map(*table, ValueKind::kHex));
  for (const auto& [name, rule] : out) {
    CLAUSTRUM_TRY(check_not_hollow(rule, {}));
  }
  return out;
}

Result<std::optional<Rule>> demand_at(const Json& section, std::string_view key, ValueKind kind,
                                      const Values& all = {}) {
  CLAUSTRUM_TRY_ASSIGN(std::optional<Rule> rule, rule_at(section, key, kind));
  if (rule) {
    const Status spoken = check_not_hollow(*rule, all);
    if (!spoken.ok()) {
      return Error(spoken.error()).within(key);
    }
  }
  return rule;
}

Values privilege_levels(std::string_view platform) {
  return platform == "amd-sev-snp" ? Values{Json(0), Json(1), Json(2), Json(3)} : Values{};
}

Status read_names(const PlatformRules& rules) {
  for (const auto& [name, rule] : rules.measurements) {
    if (!plain_name(name)) {
      return malformed("policy.name", "a measurement's name is empty, too long or not printable");
    }
  }
  for (const auto& [path, rule] : rules.claims) {
    if (!is_path(path)) {
      return malformed("policy.name", "a claim's path has an empty member or is not printable");
    }
  }
  for (const auto& [product, components] : rules.tcb) {
    for (const auto& [component, rule] : components) {
      if (!plain_name(product) || !plain_name(component)) {
        return malformed("policy.name", "a product's or component's name is not printable");
      }
    }
  }
  return ok_status();
}

Result<std::vector<AcceptedAdvisory>> read_advisories(const Json& section) {
  std::vector<AcceptedAdvisory> out;
  CLAUSTRUM_TRY_ASSIGN(const Json::Array list, tables_at(section, "advisory"));
  for (const Json& entry : list) {
    CLAUSTRUM_TRY(known_members(entry, {"id", "reason", "until"}));
    AcceptedAdvisory advisory;
    CLAUSTRUM_TRY_ASSIGN(advisory.id, text_at(entry, "id"));
    CLAUSTRUM_TRY_ASSIGN(advisory.reason, text_at(entry, "reason"));
    CLAUSTRUM_TRY_ASSIGN(advisory.until, time_at(entry, "until"));
    const auto same = [&advisory](const auto& other) { return other.id == advisory.id; };
    // Which of two dates holds would be a matter of luck.
    if (!plain_name(advisory.id) || std::any_of(out.begin(), out.end(), same)) {
      return malformed("policy.advisory", "an advisory's id is not printable, or named twice");
    }
    out.push_back(std::move(advisory));
  }
  return out;
}

Result<PlatformRules> read_section(std::string_view platform, const Json& section) {
  CLAUSTRUM_TRY(
      known_members(section, {"product", "provider", "debug", "migration", "privilege-level",
                              "hardware-id", "measurements", "claims", "tcb", "tcb-status",
                              "tcb-date", "evaluation-number", "advisory"}));
  PlatformRules out;
  using Kind = ValueKind;
  CLAUSTRUM_TRY_ASSIGN(out.product, demand_at(section, "product", Kind::kText));
  CLAUSTRUM_TRY_ASSIGN(out.provider, demand_at(section, "provider", Kind::kText));
  CLAUSTRUM_TRY_ASSIGN(out.debug, demand_at(section, "debug", Kind::kBoolean, all_booleans()));
  CLAUSTRUM_TRY_ASSIGN(out.migration,
                       demand_at(section, "migration", Kind::kBoolean, all_booleans()));
  CLAUSTRUM_TRY_ASSIGN(out.privilege_level, demand_at(section, "privilege-level", Kind::kInteger,
                                                      privilege_levels(platform)));
  CLAUSTRUM_TRY_ASSIGN(out.hardware_id, demand_at(section, "hardware-id", Kind::kHex));
  CLAUSTRUM_TRY_ASSIGN(out.tcb_status,
                       demand_at(section, "tcb-status", Kind::kText, all_standings(platform)));
  CLAUSTRUM_TRY_ASSIGN(out.tcb_date, demand_at(section, "tcb-date", Kind::kDate));
  CLAUSTRUM_TRY_ASSIGN(out.evaluation_number,
                       demand_at(section, "evaluation-number", Kind::kInteger));
  CLAUSTRUM_TRY(read_floors_of(platform, section, out));
  CLAUSTRUM_TRY_ASSIGN(out.measurements, measurement_rules(section));
  CLAUSTRUM_TRY_ASSIGN(out.claims, claim_rules(section, platform));
  CLAUSTRUM_TRY_ASSIGN(out.advisories, read_advisories(section));
  CLAUSTRUM_TRY(read_names(out));
  return out;
}

}  // namespace

Result<Platforms> parse_platforms(const Json& root) {
  Platforms out;
  const Json* table = root.find("platform");
  if (table == nullptr) {
    return out;
  }
  // In version 1 `platform` was a rule; read as a section it would name a platform "one-of".
  if (!table->is_object() || table->members().size() > kMaxEntries) {
    return malformed("policy.platform", "version 2 has one table [platform.<name>] a platform");
  }
  for (const Json::Member& section : table->members()) {
    if (!plain_name(section.first) || !section.second.is_object()) {
      return malformed("policy.platform", "version 2 has one table [platform.<name>] a platform");
    }
    Result<PlatformRules> rules = read_section(section.first, section.second);
    if (!rules.ok()) {
      return Error(rules.error()).within("[platform." + one_line(section.first, 32) + "]");
    }
    out.emplace(section.first, std::move(rules).value());
  }
  return out;
}

}  // namespace claustrum::policy
