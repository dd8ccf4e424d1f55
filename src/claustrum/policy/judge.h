// SPDX-License-Identifier: Apache-2.0
// The findings a policy makes about authentic claims, one factor a rule [docs/formats/policy.md].
// Used by appraise() only; a finding alone is no verdict.
#pragma once

#include "claustrum/policy/init_data.h"
#include "claustrum/policy/policy.h"

namespace claustrum::policy {

// policy-complete, platform, and one factor a rule of the version [docs/formats/policy.md].
void judge_claims(const Policy& policy, const evidence::Claims& claims, Instant now,
                  evidence::Factors& factors);
// Version 2: the section of the claims' platform.
void judge_platform(const Policy& policy, const evidence::Claims& claims, Instant now,
                    evidence::Factors& factors);
// The acceptance of this advisory that still holds; nullptr: none.
const AcceptedAdvisory* accepted_advisory(const PlatformRules& rules, std::string_view id,
                                          Instant now);
// init-data-digest, init-data, init-data.<leaf>.
void judge_init_data(const Policy& policy, const evidence::Claims& claims,
                     const std::optional<BytesView>& init_data, evidence::Factors& factors);
// simulated: a policy may accept it by naming the root; then it is "waived", never "pass".
void judge_simulated(const Policy& policy, const evidence::Claims& claims, Instant now,
                     evidence::Factors& factors);

}  // namespace claustrum::policy
