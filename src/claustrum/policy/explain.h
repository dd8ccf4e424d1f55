// SPDX-License-Identifier: Apache-2.0
// Verdicts for people and programs [ARCHITECTURE 1.4, 6]. One screen of text, or one JSON object;
// both from the same view, so that they cannot disagree. A simulated root is impossible to miss.
#pragma once

#include "claustrum/policy/appraise.h"

namespace claustrum::policy {

enum class Verdict { kAccepted, kRefused, kUnsupported, kMalformed };
std::string_view to_string(Verdict verdict);
// 0, 10, 20, 30: the verify contract.
int exit_code(Verdict verdict);
Verdict verdict_of(const Appraisal& appraisal);

// What is shown of a verdict; also for evidence that was verified but not appraised.
struct VerdictView {
  Verdict verdict = Verdict::kRefused;
  std::string platform;
  bool simulated = false;
  Instant time;
  std::string time_source;  // where `time` is from, if it is not now: "--at", "case.json"
  const evidence::Factors* factors = nullptr;
  const evidence::Claims* claims = nullptr;  // nullptr: not authentic
  // What evidence that is not authentic says of itself, for display only.
  const evidence::Claims* unverified_claims = nullptr;
  std::vector<UsedWaiver> waivers;
};
VerdictView view_of(const Appraisal& appraisal);

enum class Colour { kOff, kOn };
std::string explain(const VerdictView& view, Colour colour);
// {verdict, platform, simulated, time, factors, claims, waivers}, and unverified_claims where
// claims is null and the evidence could be read.
codec::Json verdict_json(const VerdictView& view);
codec::Json claims_json(const evidence::Claims& claims);
std::string explain_policy(const Policy& policy);

inline std::string explain(const Appraisal& appraisal, Colour colour) {
  return explain(view_of(appraisal), colour);
}
inline codec::Json verdict_json(const Appraisal& appraisal) {
  return verdict_json(view_of(appraisal));
}

}  // namespace claustrum::policy
