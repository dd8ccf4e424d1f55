// SPDX-License-Identifier: Apache-2.0
// A policy in words [ARCHITECTURE 1.4]: what a security officer reads before signing it. Every rule
// is a sentence; what is open says why in the author's words.
#include "claustrum/codec/hex.h"
#include "claustrum/policy/explain.h"
#include "claustrum/policy/launch_rules.h"
#include "claustrum/policy/printable.h"
#include "claustrum/policy/sections.h"

namespace claustrum::policy {

namespace {

constexpr std::size_t kLabel = 26;

std::string item(std::string_view label, const std::string& text) {
  return "  " + padded(clean(label), kLabel - 1) + " " + text + "\n";
}

// Values longer than this stand on lines of their own.
constexpr std::size_t kMaxInline = 60;

std::string demand(const Rule& rule) {
  if (const auto* open = std::get_if<Ignore>(&rule)) {
    return "not judged: " + clean(open->reason);
  }
  if (std::holds_alternative<Bits>(rule)) {
    return "must have " + clean(describe(rule));
  }
  const auto* set = std::get_if<OneOf>(&rule);
  if (set == nullptr || set->values.empty()) {
    return "must be " + clean(describe(rule));
  }
  const std::string in_line = "must be " + clean(describe(rule));
  if (in_line.size() <= kMaxInline) {
    return in_line;
  }
  std::string out = "must be one of";
  for (const codec::Json& value : set->values) {
    out += "\n  " + padded("", kLabel + 2) + clean(describe_value(value));
  }
  return out;
}

std::string line(std::string_view label, const std::optional<Rule>& rule) {
  return rule ? item(label, demand(*rule)) : std::string();
}

std::string flag_line(std::string_view label, const std::optional<Rule>& rule) {
  const auto* exact = rule ? std::get_if<Exact>(&*rule) : nullptr;
  if (exact != nullptr && exact->value.is_bool()) {
    return item(label, exact->value.boolean() ? "must be on" : "must be off");
  }
  return line(label, rule);
}

std::string provider_line(const std::optional<Rule>& rule) {
  const auto* exact = rule ? std::get_if<Exact>(&*rule) : nullptr;
  if (exact != nullptr && exact->value == codec::Json("")) {
    return item("signed by", "must be the chip's own key, vouched for by its maker alone");
  }
  return line("signed by", rule);
}

// Sixteen rules of one kind about Intel's numbered components are one sentence.
constexpr std::size_t kComponents = 16;

std::string group_demand(const std::vector<const Rule*>& rules) {
  std::string values;
  for (const Rule* rule : rules) {
    if (rule->index() != rules.front()->index()) {
      return {};
    }
    if (const auto* floor = std::get_if<AtLeast>(rule)) {
      values += " " + std::to_string(floor->value);
    } else if (const auto* exact = std::get_if<Exact>(rule)) {
      values += " " + describe_value(exact->value);
    } else if (describe(*rule) != describe(*rules.front())) {
      return {};
    }
  }
  return std::holds_alternative<AtLeast>(*rules.front()) ? "must be at least" + values
         : std::holds_alternative<Exact>(*rules.front()) ? "must be exactly" + values
                                                         : demand(*rules.front());
}

// The sixteen rules that begin here, if they do.
std::vector<const Rule*> group_at(const RuleMap& rules, RuleMap::const_iterator at) {
  std::vector<const Rule*> out;
  if (!at->first.ends_with("tcbcomp01")) {
    return out;
  }
  const std::string_view prefix = std::string_view(at->first).substr(0, at->first.size() - 2);
  for (; at != rules.end() && at->first.starts_with(prefix); ++at) {
    out.push_back(&at->second);
  }
  return out.size() == kComponents ? out : std::vector<const Rule*>{};
}

std::string product_levels(const std::string& whose, const RuleMap& components) {
  std::string out;
  for (auto at = components.begin(); at != components.end(); ++at) {
    const std::vector<const Rule*> group = group_at(components, at);
    const std::string words = group.empty() ? std::string() : group_demand(group);
    if (words.empty()) {
      out += item(whose + " " + at->first, demand(at->second));
    } else {
      out += item(whose + " " + at->first.substr(0, at->first.size() - 2) + " 1-16", words);
      std::advance(at, kComponents - 1);
    }
  }
  return out;
}

std::string levels(const PlatformRules& rules) {
  std::string out;
  if (rules.tcb_ignored) {
    out += item("security versions", "not judged: " + clean(rules.tcb_ignored->reason));
  }
  for (const auto& [product, components] : rules.tcb) {
    out += product_levels(product == kAnyProduct ? "other products" : product, components);
  }
  if (!rules.tcb.empty()) {
    out += item("", "a version without a floor is refused");
  }
  if (!rules.tcb.empty() && !rules.tcb.contains(kAnyProduct)) {
    out += item("", "other products are refused");
  }
  return out;
}

std::string standing(const PlatformRules& rules) {
  std::string out = line("vendor's verdict", rules.tcb_status);
  if (rules.tcb_status) {
    out += item("", "Revoked is always refused");
  }
  out += line("worth it since", rules.tcb_date) +
         line("vendor's list, edition", rules.evaluation_number);
  for (const AcceptedAdvisory& advisory : rules.advisories) {
    out +=
        item("ACCEPTS ADVISORY", clean(advisory.id) + " until " + format_rfc3339(advisory.until) +
                                     ": " + clean(advisory.reason));
  }
  if (rules.tcb_status) {
    out += item("advisories", rules.advisories.empty() ? "any is refused" : "any other is refused");
  }
  return out;
}

std::string section_words(const std::string& platform, const Section& section) {
  const PlatformRules& rules = section.rules;
  std::string out =
      (platform == kAnyPlatform ? std::string("any platform") : clean(platform)) + "\n";
  out += line("product", rules.product) + provider_line(rules.provider) +
         flag_line("debug access", rules.debug) + flag_line("migration", rules.migration) +
         line("privilege level", rules.privilege_level) + line("machine", rules.hardware_id);
  for (const auto& [name, rule] : rules.measurements) {
    out += item(name == "measurement" ? "measured program" : "measured " + name, demand(rule));
  }
  if (!section.first_version && !rules.measurements.empty()) {
    out += item("", "any other measurement is refused");
  }
  const std::string open = section.first_version ? std::string() : open_program(platform, rules);
  if (!open.empty()) {
    out += item("DENIES", "every program would do: nothing but ignore for " + clean(open));
  }
  for (const auto& [path, rule] : rules.claims) {
    out += item(path, demand(rule));
  }
  return out + levels(rules) + standing(rules);
}

std::string launch_words(const Rules& rules) {
  std::string out = "launch configuration\n" + line("digest", rules.init_data_digest);
  if (rules.init_data_fields) {
    for (const auto& [leaf, rule] : *rules.init_data_fields) {
      out += item(leaf, demand(rule));
    }
    out += item("", "anything else in it is refused");
  }
  return out;
}

std::string collateral_words(const Policy& policy) {
  std::string out = "collateral, no older than\n";
  bool lists = false;
  for (const Floor& floor : policy.floor_list()) {
    const std::string whose = ", of " + floor.issuer;
    lists = lists || floor.crl_this_update.has_value();
    if (floor.crl_this_update) {
      out += item("revocation list", format_rfc3339(*floor.crl_this_update) + whose);
    }
    if (floor.evaluation_number) {
      out += item("vendor's list, edition",
                  std::to_string(*floor.evaluation_number) + ", under root " + floor.issuer);
    }
    if (floor.tcb_date) {
      out += item("firmware current at",
                  format_rfc3339(*floor.tcb_date) + ", under root " + floor.issuer);
    }
  }
  if (!lists) {
    out += item("no floor", "no revocation list counts as current: evidence is refused");
  }
  for (const std::string& factor : policy.forbid_not_offered()) {
    out += item("demanded", clean(factor) + ", even where the vendor offers no such check");
  }
  return out;
}

std::string exception_words(const Policy& policy) {
  std::string out;
  for (const Waiver& waiver : policy.waivers()) {
    out += item("WAIVES", clean(waiver.factor) + " until " + format_rfc3339(waiver.until) + ": " +
                              clean(waiver.reason));
  }
  for (const SimulatedRoot& root : policy.simulated()) {
    out += "  SIMULATED: NO PROTECTION: takes the simulated root " +
           codec::hex_encode(root.spki_sha256) + " until " + format_rfc3339(root.until) + ": " +
           clean(root.reason) + "\n";
  }
  return out.empty() ? out : "exceptions\n" + out;
}

std::string incomplete_words(const Policy& policy) {
  std::string out;
  for (const std::string& name : policy.missing()) {
    out += " " + clean(name);
  }
  return out.empty() ? out : "INCOMPLETE, denies everything. No rule for:" + out + "\n";
}

}  // namespace

std::string explain_policy(const Policy& policy) {
  const Sections sections = sections_of(policy);
  std::string names;
  for (const auto& [name, section] : sections) {
    names += (names.empty() ? "" : ", ") + (name == kAnyPlatform ? "any platform" : clean(name));
  }
  std::string out = "policy " +
                    (policy.name().empty() ? std::string("(no name)") : clean(policy.name())) +
                    "\n" + item("version", std::to_string(policy.version())) +
                    item("digest", codec::hex_encode(policy.digest())) +
                    item("accepts", names.empty() ? "nothing" : names + "; all else is refused");
  for (const auto& [name, section] : sections) {
    out += section_words(name, section);
  }
  return out + launch_words(policy.rules()) + collateral_words(policy) + exception_words(policy) +
         incomplete_words(policy);
}

}  // namespace claustrum::policy
