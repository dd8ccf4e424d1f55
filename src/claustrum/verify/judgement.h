// SPDX-License-Identifier: Apache-2.0
// What stands behind a Verdict, with the types of this project: for its own programs, which add
// other forms of output. Not part of the interface that verify.h promises to others.
#pragma once

#include "claustrum/evidence/core/case_profile.h"
#include "claustrum/policy/explain.h"
#include "claustrum/verify/verify.h"

namespace claustrum::verify {

struct Judgement {
  std::optional<Error> error;  // set: nothing could be judged, the rest is empty
  std::string container;       // empty for documents and cases
  Instant time;
  std::string time_source;  // empty: now
  policy::Verdict verdict = policy::Verdict::kRefused;
  // Of evidence; empty for documents, whose verdict is in `appraisal`.
  evidence::Verification verification;
  // All of them, the caller's expectations among them; of an appraisal: appraisal->factors().
  evidence::Factors factors;
  std::optional<policy::Appraisal> appraisal;  // where a policy or profile was given
};

Verdict make_verdict(Judgement judgement);
Verdict make_verdict(const Error& error);
// Looks into the judgement, which must outlive it and have no error.
policy::VerdictView view_of(const Judgement& judgement);

// A folder with case.json [evidence/core/case_profile.h]. `load` gives the other files; `fallback`
// is the time where the case names none.
Verdict verify_case(BytesView case_json, const evidence::CaseLoader& load, Instant fallback);

}  // namespace claustrum::verify
