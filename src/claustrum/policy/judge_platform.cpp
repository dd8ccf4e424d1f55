// SPDX-License-Identifier: Apache-2.0
// Version 2: one platform's section against the claims [docs/formats/policy.md]. Two mistakes are
// guarded against: a claim the evidence makes that no rule looked at, and a rule whose claim the
// evidence leaves out.
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/policy/judge.h"
#include "claustrum/policy/judge_help.h"
#include "claustrum/policy/launch_rules.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using evidence::Claims;
using evidence::Factors;
using evidence::FactorStatus;

struct Field {
  std::string_view id;
  std::string_view reason;
  const char* advice;
};

// A rule of the section and the claim it is about. A claim that is not made and needs no rule is no
// factor.
void judge_field(Factors& factors, const Field& field, const std::optional<Rule>& rule,
                 const Found& found, Attests attests) {
  if (!rule && !found && attests != Attests::kAlways) {
    return;
  }
  add(factors, field.id, rule, found,
      CLAUSTRUM_GUARD("policy.section_rule", satisfied(rule, found)), field.reason, field.advice);
}

void judge_machine(const PlatformRules& rules, const Claims& claims, const PlatformFacts& facts,
                   Factors& factors) {
  judge_field(factors, {"product", "policy.product", "use a product that the policy names"},
              rules.product, text_or_nothing(claims.product), facts.product);
  // "" is a claim too: nobody vouches but the maker of the chip.
  const bool provider_said = rules.provider || !claims.provider.empty();
  judge_field(factors,
              {"provider", "policy.provider",
               "ask for evidence under the key of a party that the policy names"},
              rules.provider, provider_said ? Found(Json(claims.provider)) : Found(),
              facts.provider);
  judge_field(factors,
              {"debug", "policy.debug", "the host can read a debug guest; launch it without debug"},
              rules.debug, Found(Json(claims.debug)), Attests::kAlways);
  judge_field(factors,
              {"migration", "policy.migration", "launch the guest without a migration agent"},
              rules.migration, claims.migration ? Found(Json(*claims.migration)) : Found(),
              facts.migration);
  judge_field(factors,
              {"privilege-level", "policy.privilege_level",
               "ask for the report at the privilege level that the policy names"},
              rules.privilege_level,
              claims.privilege_level ? Found(Json(*claims.privilege_level)) : Found(),
              facts.privilege_level);
  judge_field(factors, {"hardware-id", "policy.hardware_id", "use a machine of the policy's list"},
              rules.hardware_id, text_or_nothing(codec::hex_encode(claims.hardware_id)),
              Attests::kAlways);
}

void judge_measurements(const PlatformRules& rules, const Claims& claims, Factors& factors) {
  for (const auto& [name, value] : claims.measurements) {
    const std::string id = "measurement." + name;
    const auto at = rules.measurements.find(name);
    if (!CLAUSTRUM_GUARD("policy.measurement_unruled", at != rules.measurements.end())) {
      factors.fail(id, "policy.measurement_unruled", "a rule for this measurement",
                   codec::hex_encode(value),
                   "name it under measurements; what nobody judged is not accepted");
    }
  }
  for (const auto& [name, rule] : rules.measurements) {
    const auto at = claims.measurements.find(name);
    const Found found =
        at == claims.measurements.end() ? Found() : text_or_nothing(codec::hex_encode(at->second));
    add(factors, "measurement." + name, rule, found,
        CLAUSTRUM_GUARD("policy.section_measurement", satisfied(rule, found)), "policy.measurement",
        "another program was launched than the policy names; launch that one");
  }
}

// [PROTOCOL 1] "Any program" is nothing a policy may say, whatever the reasons given; a waiver of
// one measurement, with its end date, can.
void judge_program(std::string_view platform, const PlatformRules& rules, Factors& factors) {
  constexpr const char* kExpected = "a rule that asks for the program";
  const std::string open = open_program(platform, rules);
  if (!CLAUSTRUM_GUARD("policy.program", open.empty())) {
    factors.fail("program", "policy.program_unconstrained", kExpected,
                 "nothing but ignore: " + open,
                 "name its measurement; for an exception name it and waive it until a date");
    return;
  }
  factors.pass("program", kExpected, "named by the policy");
}

// A dotted path into the vendor's own claims; each member is one step.
Found detail_at(const Json& details, std::string_view path) {
  const Json* at = &details;
  while (true) {
    const std::size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    if (at == nullptr || at->is_null()) {
      return Found();
    }
    if (dot == std::string_view::npos) {
      return Found(*at);
    }
    path.remove_prefix(dot + 1);
  }
}

void judge_details(const PlatformRules& rules, const Claims& claims, Factors& factors) {
  for (const auto& [path, rule] : rules.claims) {
    const Found found = detail_at(claims.details, path);
    add(factors, "claim." + path, rule, found,
        CLAUSTRUM_GUARD("policy.section_claim", satisfied(rule, found)), "policy.claim",
        "set the platform or the guest up as the policy demands");
  }
}

// Revoked is Intel's word for keys and firmware that may be in anybody's hands; no rule takes it.
bool judge_revoked(const Claims& claims, Factors& factors) {
  const bool revoked = claims.standing && claims.standing->status == kRevoked;
  if (!CLAUSTRUM_GUARD("policy.tcb_revoked", !revoked)) {
    factors.fail("tcb-status", "policy.tcb_status.revoked", "firmware that is not revoked",
                 "Revoked", "use another machine; no policy can accept this one");
    return true;
  }
  return false;
}

// Accepted with a reason until a date: that is a waiver, and is shown as one.
void judge_advisories(const PlatformRules& rules, const Claims& claims, Instant now,
                      Factors& factors) {
  constexpr const char* kExpected = "no advisory but those accepted by id";
  std::string open;
  std::string taken;
  std::string reasons;
  for (const std::string& id : claims.standing->advisories) {
    const AcceptedAdvisory* advisory = accepted_advisory(rules, id, now);
    std::string& list = advisory == nullptr ? open : taken;
    list += (list.empty() ? "" : ", ") + id;
    if (advisory != nullptr) {
      reasons += (reasons.empty() ? "" : "; ") + id + ": " + advisory->reason + " (until " +
                 format_rfc3339(advisory->until) + ")";
    }
  }
  if (!CLAUSTRUM_GUARD("policy.advisories", open.empty())) {
    factors.fail("advisories", "policy.advisory", kExpected, open,
                 "update the machine, or accept each by id, with a reason and an end date");
  } else if (taken.empty()) {
    factors.pass("advisories", kExpected, "none");
  } else {
    factors.add({"advisories", FactorStatus::kWaived, kExpected, taken, reasons, {}});
  }
}

void judge_standing(const PlatformRules& rules, const Claims& claims, const PlatformFacts& facts,
                    Instant now, Factors& factors) {
  const auto& standing = claims.standing;
  if (!judge_revoked(claims, factors)) {
    judge_field(factors,
                {"tcb-status", "policy.tcb_status",
                 "the vendor says this firmware is not good enough for the policy; update it"},
                rules.tcb_status, standing ? text_or_nothing(standing->status) : Found(),
                facts.standing);
  }
  judge_field(factors,
              {"tcb-date", "policy.tcb_date",
               "the platform's firmware is older than the policy takes; update it"},
              rules.tcb_date, standing ? Found(Json(format_rfc3339(standing->date))) : Found(),
              facts.standing);
  judge_field(factors,
              {"evaluation-number", "policy.evaluation_number",
               "the vendor's list is an old edition; fetch the current collateral"},
              rules.evaluation_number,
              standing ? Found(Json(standing->evaluation_data_number)) : Found(), facts.standing);
  if (standing) {
    judge_advisories(rules, claims, now, factors);
  } else if (rules.tcb_status) {
    factors.add(
        {"advisories", FactorStatus::kNotAttested, "", std::string(kNotAttestedText), {}, {}});
  }
}

void judge_levels(const PlatformRules& rules, const Claims& claims, Factors& factors) {
  if (!CLAUSTRUM_GUARD("policy.section_tcb", rules.tcb_ignored || !rules.tcb.empty())) {
    factors.fail("tcb", "policy.incomplete", "a rule for this in the policy", "security versions",
                 "add a rule to the policy; nothing is accepted unsaid");
    return;
  }
  judge_tcb(rules.tcb_ignored, tcb_rules(rules.tcb, claims.product), claims, factors);
}

}  // namespace

const AcceptedAdvisory* accepted_advisory(const PlatformRules& rules, std::string_view id,
                                          Instant now) {
  for (const AcceptedAdvisory& advisory : rules.advisories) {
    if (advisory.id == id && CLAUSTRUM_GUARD("policy.advisory_ended", now <= advisory.until)) {
      return &advisory;
    }
  }
  return nullptr;
}

void judge_platform(const Policy& policy, const Claims& claims, Instant now, Factors& factors) {
  const auto at = policy.platforms().find(claims.platform);
  if (!CLAUSTRUM_GUARD("policy.section", at != policy.platforms().end())) {
    factors.fail("platform", "policy.platform", "a section [platform.<name>] for it",
                 claims.platform, "use a platform that has a section, or write one for this");
    factors.not_reached({"program", "debug", "hardware-id"});
    return;
  }
  static const PlatformRules kNone;
  const PlatformRules& rules = at == policy.platforms().end() ? kNone : at->second;
  const PlatformFacts& facts = facts_of(claims.platform);
  factors.pass("platform", "a section in the policy", claims.platform);
  judge_machine(rules, claims, facts, factors);
  judge_program(claims.platform, rules, factors);
  judge_measurements(rules, claims, factors);
  judge_details(rules, claims, factors);
  judge_levels(rules, claims, factors);
  judge_standing(rules, claims, facts, now, factors);
}

}  // namespace claustrum::policy
