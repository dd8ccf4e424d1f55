// SPDX-License-Identifier: Apache-2.0
// Rule by rule: what each side takes for each claim, and whether the old side took all of it.
// judge*.cpp decides what a missing rule means; unruled() and launch_view() say it again here, and
// compare_test.cpp holds the two against each other over all pairs of rules.
#include "claustrum/policy/compare_sections.h"

#include <algorithm>
#include <set>

#include "claustrum/policy/accepts.h"
#include "claustrum/policy/launch_rules.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

enum class Side { kBefore, kAfter };

void add(std::vector<Difference>& out, std::string where, const Accepts& before,
         const Accepts& after) {
  const bool narrower = !after.covers(before);
  const bool wider = !before.covers(after);
  Change change = Change::kReworded;
  if (wider) {
    change = narrower ? Change::kChanged : Change::kWider;
  } else if (narrower) {
    change = Change::kNarrower;
  } else if (before.text() == after.text()) {
    return;
  }
  out.push_back({change, std::move(where), before.text(), after.text()});
}

Accepts unruled(Attests attests) {
  return attests == Attests::kAlways ? Accepts::nothing() : Accepts::only_absence();
}

Accepts ruled(const std::optional<Rule>& rule, const Accepts& otherwise) {
  return rule ? Accepts::of(*rule) : otherwise;
}

// Version 1 does not look at standings; what its verifier then made of them is not known here, so
// each side is taken at its worst.
Accepts unseen(Side side) {
  return side == Side::kBefore ? Accepts::only_absence() : Accepts::anything();
}

template <typename Map>
std::set<std::string> names_of(const Map& before, const Map& after) {
  std::set<std::string> names;
  for (const auto& entry : before) {
    names.insert(entry.first);
  }
  for (const auto& entry : after) {
    names.insert(entry.first);
  }
  return names;
}

Accepts in_map(const RuleMap& rules, const std::string& name, const Accepts& otherwise) {
  const auto at = rules.find(name);
  return at == rules.end() ? otherwise : Accepts::of(at->second);
}

class SectionComparison {
 public:
  SectionComparison(std::string platform, const Section& before, const Section& after,
                    bool tcb_waived, std::vector<Difference>& out)
      : platform_(std::move(platform)),
        tcb_waived_(tcb_waived),
        facts_(facts_of(platform_)),
        before_(before),
        after_(after),
        out_(out) {}

  void run() {
    plain("product", &PlatformRules::product, facts_.product);
    put("provider", provider(before_), provider(after_));
    plain("debug", &PlatformRules::debug, Attests::kAlways);
    plain("migration", &PlatformRules::migration, facts_.migration);
    plain("privilege-level", &PlatformRules::privilege_level, facts_.privilege_level);
    plain("hardware-id", &PlatformRules::hardware_id, Attests::kAlways);
    measurements();
    details();
    levels();
    standing("tcb-status", &PlatformRules::tcb_status);
    standing("tcb-date", &PlatformRules::tcb_date);
    standing("evaluation-number", &PlatformRules::evaluation_number);
    advisories();
  }

 private:
  using Member = std::optional<Rule> PlatformRules::*;

  void put(const std::string& name, const Accepts& before, const Accepts& after) {
    add(out_, "platform." + platform_ + "." + name, before, after);
  }

  // Version 1 needs each of these on every platform.
  static Accepts plain_of(const Section& section, Member member, Attests attests) {
    return ruled(section.rules.*member,
                 unruled(section.first_version ? Attests::kAlways : attests));
  }
  void plain(const char* name, Member member, Attests attests) {
    put(name, plain_of(before_, member, attests), plain_of(after_, member, attests));
  }

  Accepts provider(const Section& section) const {
    static const Rule kNobody = Exact{codec::Json("")};
    if (section.first_version) {
      return Accepts::anything();
    }
    return ruled(section.rules.provider,
                 facts_.provider == Attests::kAlways ? Accepts::nothing() : Accepts::of(kNobody));
  }

  // In version 2 a measurement without a rule denies where it is carried; in version 1 only the one
  // called "measurement" is looked at.
  static Accepts measurement(const Section& section, const std::string& name) {
    const bool unseen_name = section.first_version && name != "measurement";
    const bool none = section.rules.measurements.empty();
    return in_map(section.rules.measurements, name,
                  unseen_name ? Accepts::anything()
                  : none      ? Accepts::nothing()
                              : Accepts::only_absence());
  }

  void measurements() {
    for (const std::string& name :
         names_of(before_.rules.measurements, after_.rules.measurements)) {
      put("measurements." + name, measurement(before_, name), measurement(after_, name));
    }
    put("measurements (others)", other_measurements(before_), other_measurements(after_));
  }
  static Accepts other_measurements(const Section& section) {
    return section.first_version ? Accepts::anything() : Accepts::only_absence();
  }

  void details() {
    for (const std::string& path : names_of(before_.rules.claims, after_.rules.claims)) {
      put("claims." + path, in_map(before_.rules.claims, path, Accepts::anything()),
          in_map(after_.rules.claims, path, Accepts::anything()));
    }
  }

  // What one component of one product may be.
  static Accepts component(const Section& section, const std::string& product,
                           const std::string& name) {
    if (section.rules.tcb_ignored) {
      return Accepts::anything();
    }
    const RuleMap* rules = table(section, product);
    return rules == nullptr ? Accepts::nothing() : in_map(*rules, name, Accepts::only_absence());
  }
  static const RuleMap* table(const Section& section, const std::string& product) {
    if (!section.first_version) {
      return tcb_rules(section.rules.tcb, product);
    }
    const auto at = section.rules.tcb.find(product);
    return at == section.rules.tcb.end() ? nullptr : &at->second;
  }

  void levels() {
    const bool was = before_.rules.tcb_ignored.has_value();
    const bool is = after_.rules.tcb_ignored.has_value();
    std::set<std::string> products = names_of(before_.rules.tcb, after_.rules.tcb);
    products.insert(std::string(kAnyProduct));
    for (const std::string& product : products) {
      product_levels(product);
    }
    if (was && is && before_.rules.tcb_ignored->reason != after_.rules.tcb_ignored->reason) {
      out_.push_back({Change::kReworded, "platform." + platform_ + ".tcb",
                      before_.rules.tcb_ignored->reason, after_.rules.tcb_ignored->reason});
    }
  }

  void product_levels(const std::string& product) {
    const RuleMap* was = table(before_, product);
    const RuleMap* is = table(after_, product);
    const std::string name =
        "tcb." + (product == kAnyProduct ? std::string("(other products)") : product);
    const auto taken = [](const Section& section, const RuleMap* rules) {
      return section.rules.tcb_ignored || rules != nullptr ? Accepts::anything()
                                                           : Accepts::nothing();
    };
    // First whether the product is taken at all; its components matter where both take it.
    const Accepts before = taken(before_, was);
    const Accepts after = taken(after_, is);
    if (!before.covers(after) || !after.covers(before)) {
      // A waived "tcb" stands in for a product without floors: then to strike the floors is to
      // accept any level.
      const bool wider = !before.covers(after) || tcb_waived_;
      out_.push_back({wider ? Change::kWider : Change::kNarrower,
                      "platform." + platform_ + "." + name, product_text(before_, was),
                      product_text(after_, is)});
      return;
    }
    static const RuleMap kNone;
    for (const std::string& part :
         names_of(was == nullptr ? kNone : *was, is == nullptr ? kNone : *is)) {
      put(name + "." + part, component(before_, product, part), component(after_, product, part));
    }
    const auto others = [](const Section& section, const RuleMap* rules) {
      return section.rules.tcb_ignored ? Accepts::anything()
             : rules != nullptr        ? Accepts::only_absence()
                                       : Accepts::nothing();
    };
    put(name + " (other components)", others(before_, was), others(after_, is));
  }

  static std::string product_text(const Section& section, const RuleMap* rules) {
    if (section.rules.tcb_ignored) {
      return "any level (" + section.rules.tcb_ignored->reason + ")";
    }
    return rules == nullptr ? "denied" : "accepted above its floors";
  }

  Accepts standing_of(const Section& section, Member member, Side side) const {
    if (section.first_version) {
      return unseen(side);
    }
    return ruled(section.rules.*member, unruled(facts_.standing));
  }
  void standing(const char* name, Member member) {
    if (before_.first_version && after_.first_version) {
      return;
    }
    put(name, standing_of(before_, member, Side::kBefore),
        standing_of(after_, member, Side::kAfter));
  }

  // Absent: never accepted.
  static std::optional<Instant> accepted_until(const Section& section, const std::string& id) {
    for (const AcceptedAdvisory& advisory : section.rules.advisories) {
      if (advisory.id == id) {
        return advisory.until;
      }
    }
    return std::nullopt;
  }

  void advisories() {
    std::set<std::string> ids;
    for (const Section* section : {&before_, &after_}) {
      for (const AcceptedAdvisory& advisory : section->rules.advisories) {
        ids.insert(advisory.id);
      }
    }
    const auto text = [](const std::optional<Instant>& until) {
      return until ? "accepted until " + format_rfc3339(*until) : std::string("denied");
    };
    for (const std::string& id : ids) {
      const auto was = accepted_until(before_, id);
      const auto is = accepted_until(after_, id);
      if (was != is) {
        out_.push_back({is && (!was || *is > *was) ? Change::kWider : Change::kNarrower,
                        "platform." + platform_ + ".advisory." + id, text(was), text(is)});
      }
    }
    if (after_.first_version && !before_.first_version) {
      out_.push_back({Change::kWider, "platform." + platform_ + ".advisory (others)", "denied",
                      "not looked at"});
    }
  }

  std::string platform_;
  bool tcb_waived_;
  const PlatformFacts& facts_;
  const Section& before_;
  const Section& after_;
  std::vector<Difference>& out_;
};

// nullptr: denied. A section that would take any program denies as well.
const Section* section_for(const Sections& sections, const std::string& name) {
  auto at = sections.find(name);
  if (at == sections.end()) {
    at = sections.find(kAnyPlatform);
  }
  if (at == sections.end() ||
      (!at->second.first_version && !open_program(name, at->second.rules).empty())) {
    return nullptr;
  }
  return &at->second;
}

}  // namespace

void compare_sections(const Sections& before, const Sections& after, bool tcb_waived,
                      std::vector<Difference>& out) {
  for (const std::string& name : names_of(before, after)) {
    const Section* was = section_for(before, name);
    const Section* is = section_for(after, name);
    if (was != nullptr && is != nullptr) {
      SectionComparison(name, *was, *is, tcb_waived, out).run();
    } else if (was != nullptr || is != nullptr) {
      out.push_back({is != nullptr ? Change::kWider : Change::kNarrower, "platform." + name,
                     was != nullptr ? "accepted under its rules" : "denied",
                     is != nullptr ? "accepted under its rules" : "denied"});
    }
  }
}

void compare_launch_data(const Rules& before, const Rules& after, std::vector<Difference>& out) {
  const bool was_open = launch_data_open(before);
  const bool is_open = launch_data_open(after);
  if (was_open || is_open) {
    if (was_open != is_open) {
      out.push_back({was_open ? Change::kWider : Change::kNarrower, "init-data",
                     was_open ? "nothing but ignore: denies" : "judged",
                     is_open ? "nothing but ignore: denies" : "judged"});
    }
    return;
  }
  const auto digest = [](const Rules& rules) {
    return ruled(rules.init_data_digest,
                 rules.init_data_fields ? Accepts::anything() : Accepts::nothing());
  };
  add(out, "init-data.digest", digest(before), digest(after));
  if (before.init_data_fields.has_value() != after.init_data_fields.has_value()) {
    const bool gone = before.init_data_fields.has_value();
    out.push_back({gone ? Change::kWider : Change::kNarrower, "init-data.fields",
                   gone ? "judged leaf by leaf" : "not judged",
                   gone ? "not judged" : "judged leaf by leaf"});
    return;
  }
  if (!before.init_data_fields) {
    return;
  }
  const auto leaf = [](const RuleMap& rules, const std::string& name) {
    const auto at = rules.find(name);
    if (at == rules.end()) {
      return Accepts::only_absence();
    }
    const bool refused = must_be_constrained(name) && std::holds_alternative<Ignore>(at->second);
    return refused ? Accepts::nothing() : Accepts::of(at->second);
  };
  for (const std::string& name : names_of(*before.init_data_fields, *after.init_data_fields)) {
    add(out, "init-data.fields." + name, leaf(*before.init_data_fields, name),
        leaf(*after.init_data_fields, name));
  }
}

}  // namespace claustrum::policy
