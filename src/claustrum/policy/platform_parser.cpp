// SPDX-License-Identifier: Apache-2.0
// Reading [platform.<name>] [docs/formats/policy.md, version 2]. Each member has one type; what is
// left out parses and denies at appraisal.
#include <algorithm>

#include "claustrum/policy/parse_help.h"

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

Result<RuleMap> named_rules(const Json& section, std::string_view key, ValueKind kind) {
  const Json* table = section.find(key);
  if (table == nullptr) {
    return RuleMap{};
  }
  return rule_map(*table, kind);
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

Result<PlatformRules> read_section(const Json& section) {
  CLAUSTRUM_TRY(
      known_members(section, {"product", "provider", "debug", "migration", "privilege-level",
                              "hardware-id", "measurements", "claims", "tcb", "tcb-status",
                              "tcb-date", "evaluation-number", "advisory"}));
  PlatformRules out;
  CLAUSTRUM_TRY_ASSIGN(out.product, rule_at(section, "product", ValueKind::kText));
  CLAUSTRUM_TRY_ASSIGN(out.provider, rule_at(section, "provider", ValueKind::kText));
  CLAUSTRUM_TRY_ASSIGN(out.debug, rule_at(section, "debug", ValueKind::kBoolean));
  CLAUSTRUM_TRY_ASSIGN(out.migration, rule_at(section, "migration", ValueKind::kBoolean));
  CLAUSTRUM_TRY_ASSIGN(out.privilege_level,
                       rule_at(section, "privilege-level", ValueKind::kInteger));
  CLAUSTRUM_TRY_ASSIGN(out.hardware_id, rule_at(section, "hardware-id", ValueKind::kHex));
  CLAUSTRUM_TRY_ASSIGN(out.tcb_status, rule_at(section, "tcb-status", ValueKind::kText));
  CLAUSTRUM_TRY_ASSIGN(out.tcb_date, rule_at(section, "tcb-date", ValueKind::kDate));
  CLAUSTRUM_TRY_ASSIGN(out.evaluation_number,
                       rule_at(section, "evaluation-number", ValueKind::kInteger));
  CLAUSTRUM_TRY(read_tcb(section, out.tcb_ignored, out.tcb));
  CLAUSTRUM_TRY_ASSIGN(out.measurements, named_rules(section, "measurements", ValueKind::kHex));
  CLAUSTRUM_TRY_ASSIGN(out.claims, named_rules(section, "claims", ValueKind::kAny));
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
    CLAUSTRUM_TRY_ASSIGN(PlatformRules rules, read_section(section.second));
    out.emplace(section.first, std::move(rules));
  }
  return out;
}

}  // namespace claustrum::policy
