// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/ear_vector.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/policy/ear_homes.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using evidence::Claims;
using evidence::Factor;
using evidence::Factors;
using evidence::FactorStatus;
using namespace ar4si;
using enum TrustCategory;

constexpr TrustCategory kSpokenOf[] = {kInstanceIdentity, kConfiguration, kExecutables, kHardware,
                                       kRuntimeOpaque};

// Without these a verdict on hardware is none.
constexpr std::string_view kHardwareNeeds[] = {"chain",     "root",       "validity",
                                               "signature", "revocation", "collateral-current",
                                               "platform",  "simulated"};
constexpr std::string_view kConfigurationNeeds[] = {"policy-complete", "debug"};

// Platforms that encrypt memory against their host.
constexpr std::string_view kEncrypts[] = {"amd-sev-snp", "intel-tdx", "intel-sgx"};

// A log that nobody brought takes nothing away: the registers stand for themselves.
bool may_be_absent(const Factor& factor) {
  return factor.id == "event-log" && factor.status == FactorStatus::kNotAttested;
}

// As judge_help.cpp words a rule that looks at nothing (describe() of an Ignore).
bool ignored(const Factor& factor) {
  return factor.expected.starts_with("anything (");
}

// Passed, by a rule that looked.
bool judged(const Factor* factor) {
  return factor != nullptr && factor->status == FactorStatus::kPass &&
         CLAUSTRUM_GUARD("policy.ear.ignored", !ignored(*factor));
}

bool passed(const Factors& factors, std::string_view id) {
  const Factor* factor = factors.find(id);
  return factor != nullptr && factor->status == FactorStatus::kPass;
}

// Of two values for one category the one that says less: no claim is less than an affirmation.
int badness(std::int8_t value) {
  switch (tier_of(value)) {
    case Tier::kAffirming:
      return 0;
    case Tier::kNone:
      return 1;
    case Tier::kWarning:
      return 2;
    case Tier::kContraindicated:
      return 3;
  }
  return 3;
}

class VectorMaker {
 public:
  VectorMaker(const Factors& factors, const Claims& claims) : factors_(factors), claims_(claims) {}

  TrustVector make() {
    out_.set(kHardware, kGood);
    out_.set(kConfiguration, kGood);
    out_.set(kExecutables, kApprovedBoot);
    out_.set(kInstanceIdentity, kGood);
    for (const Factor& factor : factors_.list()) {
      take(factor);
    }
    instance();
    hardware();
    configuration();
    executables();
    memory();
    simulated();
    return out_;
  }

 private:
  void lower(TrustCategory category, std::int8_t value) {
    const std::int8_t before = out_.at(category).value_or(kNoClaim);
    const int change = badness(value) - badness(before);
    if (change > 0 || (change == 0 && value > before)) {
      out_.set(category, value);
    }
  }

  void take(const Factor& factor) {
    const Home& home = home_of(factor.id);
    switch (factor.status) {
      case FactorStatus::kPass:
      case FactorStatus::kNotOffered:  // what a category cannot do without is asked for below
        break;
      case FactorStatus::kFail:
        if (!CLAUSTRUM_GUARD("policy.ear.failed", false)) {
          lower(home.category, home.failed);
        }
        break;
      case FactorStatus::kWaived:
      case FactorStatus::kNotAttested:
      case FactorStatus::kNotReached:
        if (!CLAUSTRUM_GUARD("policy.ear.unchecked", may_be_absent(factor))) {
          lower(home.category, home.unchecked);
        }
        break;
    }
    // Withdrawn for certain, by the certificate of this very machine or of its kind.
    if (!CLAUSTRUM_GUARD("policy.ear.revoked",
                         !std::string_view(factor.reason).ends_with(".revoked"))) {
      lower(kHardware, kBad);
      lower(kInstanceIdentity, kBad);
    }
  }

  // The machine by a rule that looked, and evidence made for this request.
  void instance() {
    const bool named = judged(factors_.find("hardware-id")) || judged(factors_.find("chip-id"));
    if (!CLAUSTRUM_GUARD("policy.ear.instance_needs", named && passed(factors_, "nonce"))) {
      lower(kInstanceIdentity, kNoClaim);
    }
    const Factor* provider = factors_.find("provider");
    const bool open = provider != nullptr && ignored(*provider);
    if (!CLAUSTRUM_GUARD("policy.ear.provider", !open)) {
      lower(kInstanceIdentity, kNoClaim);
    }
  }

  // Floors for every component, or the vendor's verdict by rule.
  bool firmware_judged() const {
    bool floors = false;
    for (const Factor& factor : factors_.list()) {
      if (factor.id.starts_with("tcb.")) {
        if (!judged(&factor)) {
          return judged(factors_.find("tcb-status"));
        }
        floors = true;
      }
    }
    return floors || judged(factors_.find("tcb-status"));
  }

  void hardware() {
    for (const std::string_view id : kHardwareNeeds) {
      if (!CLAUSTRUM_GUARD("policy.ear.hardware_needs", passed(factors_, id))) {
        lower(kHardware, kWeak);
      }
    }
    if (!CLAUSTRUM_GUARD("policy.ear.firmware", firmware_judged())) {
      lower(kHardware, kWeak);
    }
    const auto& standing = claims_.standing;
    const bool clean =
        !standing || (standing->status == "UpToDate" && standing->advisories.empty());
    if (!CLAUSTRUM_GUARD("policy.ear.standing", clean)) {
      lower(kHardware, kWeak);
    }
  }

  void configuration() {
    for (const std::string_view id : kConfigurationNeeds) {
      if (!CLAUSTRUM_GUARD("policy.ear.configuration_needs", passed(factors_, id))) {
        lower(kConfiguration, kUnavailable);
      }
    }
    for (const Factor& factor : factors_.list()) {
      if (home_of(factor.id).category == kConfiguration && ignored(factor)) {
        lower(kConfiguration, kPartly);
      }
    }
    const bool moves = claims_.migration.value_or(false) && !judged(factors_.find("migration"));
    if (!CLAUSTRUM_GUARD("policy.ear.migration", !moves)) {
      lower(kConfiguration, kUnavailable);
    }
    if (!CLAUSTRUM_GUARD("policy.ear.debug", !claims_.debug)) {
      lower(kConfiguration, kBad);
    }
  }

  // The measurements that name the program, each by a rule that looked.
  bool program_judged() const {
    if (judged(factors_.find("measurement"))) {
      return true;  // version 1 of the policy has one
    }
    const PlatformFacts& facts = facts_of(claims_.platform);
    bool any = false;
    for (const auto& [name, value] : claims_.measurements) {
      const bool names_program = facts.program.empty() || std::ranges::count(facts.program, name);
      if (names_program && !judged(factors_.find("measurement." + name))) {
        return false;
      }
      any = any || names_program;
    }
    return any;
  }

  void executables() {
    if (!CLAUSTRUM_GUARD("policy.ear.program", program_judged())) {
      lower(kExecutables, kUnknownCode);
    }
  }

  // Never better than the hardware that encrypts it.
  void memory() {
    out_.set(kRuntimeOpaque, std::ranges::count(kEncrypts, claims_.platform) ? kGood : kNoClaim);
    switch (tier_of(*out_.at(kHardware))) {
      case Tier::kAffirming:
        break;
      case Tier::kNone:
      case Tier::kWarning:
        if (!CLAUSTRUM_GUARD("policy.ear.memory_weak", false)) {
          lower(kRuntimeOpaque, kWeak);
        }
        break;
      case Tier::kContraindicated:
        if (!CLAUSTRUM_GUARD("policy.ear.memory_bad", false)) {
          lower(kRuntimeOpaque, kBad);
        }
        break;
    }
    if (!CLAUSTRUM_GUARD("policy.ear.memory_debug", !claims_.debug)) {
      lower(kRuntimeOpaque, kBad);
    }
  }

  // [ARCHITECTURE 1.6] Nothing measured this machine, whoever accepts it.
  void simulated() {
    if (!CLAUSTRUM_GUARD("policy.ear.simulated", !claims_.simulated)) {
      lower(kHardware, kUnrecognised);
      lower(kInstanceIdentity, kUnrecognised);
      lower(kRuntimeOpaque, kBad);
      lower(kConfiguration, kNoClaim);
      lower(kExecutables, kNoClaim);
    }
  }

  const Factors& factors_;
  const Claims& claims_;
  TrustVector out_;
};

}  // namespace

TrustVector trust_vector(const JudgedFactors& judged) {
  if (judged.claims != nullptr && judged.factors != nullptr) {
    return VectorMaker(*judged.factors, *judged.claims).make();
  }
  TrustVector out;
  for (const TrustCategory category : kSpokenOf) {
    out.set(category, judged.understood ? kNotValid : kNotUnderstood);
  }
  return out;
}

TrustVector trust_vector(const Appraisal& appraisal) {
  return trust_vector({&appraisal.factors(), appraisal.claims(),
                       !appraisal.malformed() && !appraisal.unsupported()});
}

Tier trust_status(bool accepted, const TrustVector& vector) {
  if (!CLAUSTRUM_GUARD("policy.ear.refused", accepted)) {
    return Tier::kContraindicated;
  }
  Tier out = vector.worst();
  for (const TrustCategory category : {kHardware, kConfiguration, kExecutables}) {
    const bool affirmed = tier_of(vector.at(category).value_or(kNoClaim)) == Tier::kAffirming;
    if (!CLAUSTRUM_GUARD("policy.ear.status_needs", affirmed)) {
      out = std::max(out, Tier::kWarning);
    }
  }
  return out;
}

}  // namespace claustrum::policy
