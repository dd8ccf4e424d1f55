// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/check_section.h"

#include <algorithm>

#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::int64_t kYear = 366 * std::int64_t{86400};

// Intel's words for firmware that is behind what it fixed.
constexpr std::string_view kBehind[] = {"OutOfDate", "OutOfDateConfigurationNeeded",
                                        "TDRelaunchAdvised",
                                        "TDRelaunchAdvisedConfigurationNeeded"};

bool ignored(const std::optional<Rule>& rule) {
  return rule && std::holds_alternative<Ignore>(*rule);
}

bool takes(const std::optional<Rule>& rule, const Json& value) {
  return rule && holds(*rule, &value);
}

class SectionCheck {
 public:
  SectionCheck(const std::string& platform, const Section& section, ListFloor list_floor,
               Instant now, std::vector<Finding>& out)
      : prefix_("platform." + platform + "."),
        facts_(facts_of(platform)),
        section_(section),
        rules_(section.rules),
        list_floor_(list_floor),
        now_(now),
        out_(out) {}

  void run() {
    if (!facts_.known) {
      out_.push_back({Weight::kUnreachable, "unknown-platform",
                      prefix_.substr(0, prefix_.size() - 1),
                      "this version verifies no such platform"});
    }
    check_members();
    check_openness();
    check_measurements();
    check_products();
    check_standing();
    check_advisories();
  }

 private:
  void say(Weight weight, const char* id, const std::string& where, std::string text) {
    out_.push_back({weight, id, prefix_ + where, std::move(text)});
  }

  void check_member(const char* name, const std::optional<Rule>& rule, Attests attests) {
    if (!rule) {
      return;
    }
    check_list(prefix_ + name, *rule, out_);
    if (attests == Attests::kNever && !ignored(rule)) {
      say(Weight::kUnreachable, "never-attested", name, "this platform makes no such claim");
    }
  }

  void check_members() {
    check_member("product", rules_.product, facts_.product);
    check_member("provider", rules_.provider, facts_.provider);
    check_member("debug", rules_.debug, Attests::kAlways);
    check_member("migration", rules_.migration, facts_.migration);
    check_member("privilege-level", rules_.privilege_level, facts_.privilege_level);
    check_member("hardware-id", rules_.hardware_id, Attests::kAlways);
    check_member("tcb-status", rules_.tcb_status, facts_.standing);
    check_member("tcb-date", rules_.tcb_date, facts_.standing);
    check_member("evaluation-number", rules_.evaluation_number, facts_.standing);
    for (const auto& [path, rule] : rules_.claims) {
      check_list(prefix_ + "claims." + path, rule, out_);
    }
    for (const auto& [product, components] : rules_.tcb) {
      for (const auto& [component, rule] : components) {
        check_list(prefix_ + "tcb." + product + "." + component, rule, out_);
      }
    }
  }

  void check_openness() {
    if (takes(rules_.debug, Json(true))) {
      say(Weight::kDanger, "debug-allowed", "debug", "the host may read the guest's memory");
    }
    if (takes(rules_.migration, Json(true))) {
      say(Weight::kDanger, "migration-allowed", "migration",
          "an agent nobody judged may move the guest elsewhere");
    }
    if (ignored(rules_.privilege_level) && facts_.privilege_level == Attests::kAlways) {
      say(Weight::kDanger, "privilege-level-open", "privilege-level",
          "less privileged software in the guest may have asked for the report");
    }
    if (ignored(rules_.provider) && facts_.provider == Attests::kAlways) {
      say(Weight::kDanger, "provider-open", "provider",
          "any cloud's key is taken, test keys of the vendor included");
    }
    if (ignored(rules_.hardware_id)) {
      say(Weight::kNote, "any-machine", "hardware-id",
          "any machine of the vendor is taken, also one in an attacker's hands");
    }
  }

  bool is_program(std::string_view name) const {
    return !facts_.known || std::ranges::find(facts_.program, name) != facts_.program.end();
  }

  void check_measurements() {
    for (const auto& [name, rule] : rules_.measurements) {
      const std::string where = "measurements." + name;
      check_list(prefix_ + where, rule, out_);
      if (std::holds_alternative<Ignore>(rule)) {
        const bool program = is_program(name);
        say(program ? Weight::kDanger : Weight::kNote,
            program ? "ignored-measurement" : "open-measurement", where,
            program ? "any program is taken in this place" : "any value is taken in this place");
      }
      for (const Json& value : values_of(rule)) {
        if (facts_.measurement_len != 0 && value.string().size() != 2 * facts_.measurement_len) {
          say(Weight::kUnreachable, "wrong-length", where,
              "a value is not " + std::to_string(facts_.measurement_len) + " bytes long");
        }
      }
    }
    for (const std::string_view name : facts_.program) {
      if (!rules_.measurements.empty() && !rules_.measurements.contains(name) &&
          !section_.first_version) {
        say(Weight::kUnreachable, "unruled-measurement", "measurements." + std::string(name),
            "the evidence carries it, and what has no rule denies");
      }
    }
  }

  void check_products() {
    if (rules_.tcb_ignored || rules_.tcb.empty() || !rules_.product) {
      return;
    }
    for (const Json& value : values_of(*rules_.product)) {
      if (tcb_rules(rules_.tcb, value.string()) == nullptr) {
        say(Weight::kUnreachable, "product-without-floors", "tcb." + value.string(),
            "the product is named, but has no floors: it is denied");
      }
    }
    for (const auto& [product, components] : rules_.tcb) {
      if (product != kAnyProduct && !takes(rules_.product, Json(product))) {
        say(Weight::kUnreachable, "floors-without-product", "tcb." + product,
            "the rule for product denies it");
      }
    }
  }

  bool floors_ask_for_something() const {
    return std::ranges::any_of(rules_.tcb, [](const auto& product) {
      return std::ranges::any_of(
          product.second, [](const auto& component) { return !holds(component.second, &kZero()); });
    });
  }
  static const Json& kZero() {
    static const Json zero(0);
    return zero;
  }

  void check_standing() {
    if (facts_.standing == Attests::kNever || section_.first_version) {
      if (rules_.tcb_ignored || (!rules_.tcb.empty() && !floors_ask_for_something())) {
        say(Weight::kDanger, "tcb-open", "tcb",
            "firmware of any age is taken, known holes included");
      }
      return;
    }
    if (ignored(rules_.tcb_status)) {
      say(Weight::kDanger, "tcb-open", "tcb-status",
          "firmware of any standing but Revoked is taken, known holes included");
    } else if (std::ranges::any_of(kBehind, [&](std::string_view word) {
                 return takes(rules_.tcb_status, Json(word));
               })) {
      say(Weight::kDanger, "tcb-behind", "tcb-status",
          "firmware with holes the vendor has closed elsewhere is taken");
    }
    if (!ignored(rules_.tcb_status) && takes(rules_.tcb_status, Json(kRevoked))) {
      say(Weight::kUnreachable, "revoked-status", "tcb-status", "Revoked is never accepted");
    }
    if (ignored(rules_.tcb_date) && ignored(rules_.evaluation_number) &&
        list_floor_ == ListFloor::kNone) {
      say(Weight::kDanger, "old-list", "evaluation-number",
          "whoever brings the collateral may choose an older list, in which holes are not known");
    }
  }

  void check_advisories() {
    for (const AcceptedAdvisory& advisory : rules_.advisories) {
      check_end(prefix_ + "advisory." + advisory.id, advisory.until, now_, out_);
    }
  }

  std::string prefix_;
  const PlatformFacts& facts_;
  const Section& section_;
  const PlatformRules& rules_;
  ListFloor list_floor_;
  Instant now_;
  std::vector<Finding>& out_;
};

}  // namespace

void check_section(const std::string& platform, const Section& section, ListFloor list_floor,
                   Instant now, std::vector<Finding>& out) {
  SectionCheck(platform, section, list_floor, now, out).run();
  if (!section.first_version) {
    check_names(platform, section.rules, out);
    check_identity(platform, section.rules, out);
  }
}

std::vector<Json> values_of(const Rule& rule) {
  if (const auto* exact = std::get_if<Exact>(&rule)) {
    return {exact->value};
  }
  const auto* set = std::get_if<OneOf>(&rule);
  return set == nullptr ? std::vector<Json>{} : set->values;
}

void check_list(const std::string& where, const Rule& rule, std::vector<Finding>& out) {
  const auto* set = std::get_if<OneOf>(&rule);
  if (set != nullptr && set->values.empty()) {
    out.push_back({Weight::kUnreachable, "empty-list", where, "an empty list holds for nothing"});
  }
}

void check_end(const std::string& where, Instant until, Instant now, std::vector<Finding>& out) {
  if (until < now) {
    out.push_back({Weight::kUnreachable, "ended", where,
                   "ended " + format_rfc3339(until) + " and does nothing; take it out"});
  } else if (until > now + kYear) {
    out.push_back({Weight::kDanger, "long-grant", where,
                   "holds until " + format_rfc3339(until) + ", more than a year from now"});
  }
}

}  // namespace claustrum::policy
