// SPDX-License-Identifier: Apache-2.0
// From findings to a verdict [PROTOCOL 4]. A factor holds by pass, by a waiver of this policy that
// is still valid, or by an allowed not-offered; what is missing, not reached or waived by somebody
// else does not hold.
#include "claustrum/policy/appraise.h"

#include <algorithm>
#include <array>

#include "claustrum/base/guard.h"
#include "claustrum/policy/judge.h"
#include "claustrum/policy/judge_help.h"

namespace claustrum::policy {

namespace {

using evidence::Factor;
using evidence::Factors;
using evidence::FactorStatus;

// What every platform's verifier must answer; a verifier that forgot one has not verified.
constexpr std::string_view kDemanded[] = {"chain",     "root",       "validity",
                                          "signature", "revocation", "collateral-current"};

// What evidence may leave out when nothing asks for it.
constexpr std::string_view kMayBeAbsent[] = {"nonce", "event-log"};

// Ids whose finding is the policy's, even where a verifier reports the same fact.
constexpr std::string_view kPolicyOwned[] = {
    "debug",    "migration", "chip-id",          "hardware-id",     "measurement",
    "platform", "simulated", "init-data-digest", "policy-complete", "program"};

// What a policy would have judged, had the evidence been authentic.
constexpr std::array<std::string_view, 11> kPlanned1 = {
    "policy-complete", "platform", "product",   "measurement", "debug", "migration", "vmpl",
    "chip-id",         "tcb",      "init-data", "simulated"};
constexpr std::array<std::string_view, 11> kPlanned2 = {
    "policy-complete", "platform", "product",    "program",   "debug",    "migration",
    "hardware-id",     "tcb",      "tcb-status", "init-data", "simulated"};

bool among(std::string_view id, const auto& list) {
  return std::ranges::find(list, id) != std::ranges::end(list);
}

bool policy_owned(std::string_view id) {
  return id == "init-data" || id.starts_with("tcb.") || id.starts_with("init-data.") ||
         among(id, kPolicyOwned);
}

void turn_to_failure(Factor& factor, std::string_view reason, std::string advice) {
  factor.status = FactorStatus::kFail;
  if (factor.reason.empty()) {
    factor.reason = reason;
  }
  factor.advice = std::move(advice);
}

// The reading of a factor somebody else established.
void normalise(Factor& factor, const Policy& policy) {
  const bool foreign_waiver = factor.status == FactorStatus::kWaived;
  if (!CLAUSTRUM_GUARD("policy.foreign_waiver", !foreign_waiver)) {
    turn_to_failure(factor, "policy.foreign_waiver",
                    "write the waiver into the policy: nobody else can waive");
  }
  const bool forbidden =
      factor.status == FactorStatus::kNotOffered && policy.forbid_not_offered().contains(factor.id);
  if (!CLAUSTRUM_GUARD("policy.not_offered", !forbidden)) {
    turn_to_failure(factor, "policy.not_offered",
                    "use another vendor's machine: this one offers no such check");
  }
  const bool absent =
      factor.status == FactorStatus::kNotAttested && !among(factor.id, kMayBeAbsent);
  if (!CLAUSTRUM_GUARD("policy.not_attested", !absent)) {
    turn_to_failure(factor, "policy.not_attested", "ask for evidence that makes this claim");
  }
}

bool status_holds(FactorStatus status) {
  switch (status) {
    case FactorStatus::kPass:
    case FactorStatus::kWaived:
    case FactorStatus::kNotOffered:
    case FactorStatus::kNotAttested:  // demanded ones were turned into failures before
      return true;
    case FactorStatus::kFail:
    case FactorStatus::kNotReached:
      return false;
  }
  return false;
}

}  // namespace

class Appraiser {
 public:
  Appraiser(const Policy& policy, const AppraisalInput& input) : policy_(policy), input_(input) {}

  Appraisal run() {
    Appraisal out;
    out.policy_digest_ = policy_.digest();
    out.time_ = input_.now;
    if (input_.verification != nullptr) {
      out.platform_ = input_.verification->platform;
      out.malformed_ = input_.verification->malformed;
      out.unsupported_ = input_.verification->unsupported;
      out.claims_ = input_.verification->claims;
    }
    out.simulated_ = out.claims_.has_value() && (*out.claims_)->simulated;
    take_over(out);
    demand(out);
    if (out.claims_) {
      judge_own(**out.claims_, out);
    } else {
      out.factors_.not_reached(policy_.version() == 1 ? std::span(kPlanned1)
                                                      : std::span(kPlanned2));
    }
    apply_waivers(out);
    const auto& list = out.factors_.list();
    const bool all_hold = std::all_of(
        list.begin(), list.end(), [](const Factor& factor) { return status_holds(factor.status); });
    out.accepted_ = out.claims_.has_value() && CLAUSTRUM_GUARD("policy.all_hold", all_hold);
    return out;
  }

 private:
  void take_over(Appraisal& out) {
    if (input_.verification != nullptr) {
      take_over(input_.verification->factors, out);
    }
    take_over(input_.more, out);
  }

  void take_over(const Factors& from, Appraisal& out) {
    for (Factor factor : from.list()) {
      // Without authentic claims the policy finds nothing, so a verifier's own finding is shown.
      if (out.claims_ && policy_owned(factor.id)) {
        continue;
      }
      normalise(factor, policy_);
      Factor* before = out.factors_.find(factor.id);
      if (before == nullptr) {
        out.factors_.add(std::move(factor));
      } else if (CLAUSTRUM_GUARD("policy.second_finding", status_holds(before->status))) {
        // Two findings under one id: the failed one stands.
        *before = std::move(factor);
      }
    }
  }

  void demand(Appraisal& out) {
    for (const std::string_view id : kDemanded) {
      if (out.factors_.find(id) != nullptr) {
        continue;
      }
      if (!out.claims_) {
        out.factors_.not_reached({id});
      } else if (!CLAUSTRUM_GUARD("policy.missing_factor", false)) {
        out.factors_.fail(id, "policy.missing_factor", "an answer of the verifier", "none",
                          "use a verifier that answers what every policy demands");
      }
    }
  }

  void judge_own(const evidence::Claims& claims, Appraisal& out) {
    Factors own;
    judge_claims(policy_, claims, input_.now, own);
    judge_init_data(policy_, claims, input_.init_data, own);
    judge_simulated(policy_, claims, input_.now, own);
    note_simulated(*own.find("simulated"), claims, out);
    note_advisories(own.find("advisories"), claims, out);
    for (const Factor& factor : own.list()) {
      Factor* before = out.factors_.find(factor.id);
      if (before == nullptr) {
        out.factors_.add(factor);
      } else if (status_holds(before->status)) {
        // Under one name a verifier asks something of its own: the product the chain and the CPU
        // name, the order of firmware versions, a report made by the host. Its failure stays.
        std::string found = before->found;
        *before = factor;
        if (factor.found == kReportedOnly && !found.empty()) {
          before->found = std::move(found);
        }
      }
    }
  }

  // An accepted simulated root is listed with the waivers.
  void note_simulated(const Factor& factor, const evidence::Claims& claims, Appraisal& out) {
    for (const SimulatedRoot& root : policy_.simulated()) {
      if (factor.status == FactorStatus::kWaived &&
          equal(root.spki_sha256, claims.root_spki_sha256)) {
        out.waivers_.push_back({"simulated", root.reason, root.until});
        return;
      }
    }
  }

  // And so is each advisory that was accepted.
  void note_advisories(const Factor* factor, const evidence::Claims& claims, Appraisal& out) {
    const auto section = policy_.platforms().find(claims.platform);
    if (factor == nullptr || factor->status != FactorStatus::kWaived || !claims.standing ||
        section == policy_.platforms().end()) {
      return;
    }
    for (const std::string& id : claims.standing->advisories) {
      const AcceptedAdvisory* advisory = accepted_advisory(section->second, id, input_.now);
      if (advisory != nullptr) {
        out.waivers_.push_back({"advisories", id + ": " + advisory->reason, advisory->until});
      }
    }
  }

  const Waiver* waiver_for(const Factor& factor) const {
    for (const Waiver& waiver : policy_.waivers()) {
      if (waiver.factor == factor.id &&
          CLAUSTRUM_GUARD("policy.waiver_ended", input_.now <= waiver.until)) {
        return &waiver;
      }
    }
    return nullptr;
  }

  void apply_waivers(Appraisal& out) {
    for (Factor& factor : out.factors_.list()) {
      const Waiver* waiver = factor.status == FactorStatus::kFail ? waiver_for(factor) : nullptr;
      // A waiver stands in for a check that could not be made; it does not unsay a revocation.
      const bool revoked = std::string_view(factor.reason).ends_with(".revoked");
      if (waiver == nullptr || !CLAUSTRUM_GUARD("policy.revoked_stays", !revoked)) {
        continue;
      }
      factor.status = FactorStatus::kWaived;
      factor.advice = waiver->reason + " (until " + format_rfc3339(waiver->until) + ")";
      out.waivers_.push_back({waiver->factor, waiver->reason, waiver->until});
    }
  }

  const Policy& policy_;
  const AppraisalInput& input_;
};

const Factor* Appraisal::first_failed() const {
  for (const Factor& factor : factors_.list()) {
    if (!status_holds(factor.status)) {
      return &factor;
    }
  }
  return nullptr;
}

Appraisal appraise(const Policy& policy, const AppraisalInput& input) {
  return Appraiser(policy, input).run();
}

}  // namespace claustrum::policy
