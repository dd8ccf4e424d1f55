// SPDX-License-Identifier: Apache-2.0
// How a rule and a claim become a finding, the same for both versions of the format. For judge*.cpp
// only.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/policy/platform_rules.h"

namespace claustrum::policy {

// A claim, or nothing where the evidence makes none.
using Found = std::optional<codec::Json>;

inline constexpr std::string_view kNotAttestedText = "not attested by this evidence";
// What the policy ignores; what the verifier found of it stays on the screen.
inline constexpr std::string_view kReportedOnly = "reported only";

bool satisfied(const std::optional<Rule>& rule, const Found& found);
Found text_or_nothing(std::string text);
// `ok` is the rule's answer, given by the caller so that each check keeps its own name.
void add(evidence::Factors& factors, std::string_view id, const std::optional<Rule>& rule,
         const Found& found, bool ok, std::string_view reason, std::string advice);
// tcb, tcb.<component>; `components` is nullptr for a product without rules.
void judge_tcb(const std::optional<Ignore>& ignored, const RuleMap* components,
               const evidence::Claims& claims, evidence::Factors& factors);

}  // namespace claustrum::policy
