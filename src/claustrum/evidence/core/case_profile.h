// SPDX-License-Identifier: Apache-2.0
// The case profile of `claustrum verify --case DIR`: a folder with evidence, collateral and
// case.json is judged as authentic, collateral valid at verify_at, revocation on, not debug, any
// guest VMPL, any other attribute, no reference values, no floors. Only what `waive` names is
// waived and only what `expected` names is demanded. Platform-neutral; pure: files come through a
// callback. Guards against a case file that waives authenticity, names files outside its folder, or
// demands something the verifier then silently leaves out.
#pragma once

#include <functional>

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence {

struct Case {
  std::string platform;
  Bytes evidence;
  Collateral collateral;
  Instant verify_at;
  std::set<std::string, std::less<>> waive;
  codec::Json expected;  // an object
};

// Loads one file of the case's folder by its plain name; not_found for one that cannot be read.
using CaseLoader = std::function<Result<Bytes>(std::string_view name)>;

// Collateral that is not found is absent, evidence must be there.
// `fallback` is the time taken where verify_at is null (evidence without a time of its own).
Result<Case> load_case(const codec::Json& file, const CaseLoader& load, Instant fallback);

struct CaseVerdict {
  Factors factors;  // with the waivers applied
  bool accepted = false;
  int exit_code = 10;  // 0 accepted, 10 refused, 20 unsupported, 30 malformed
};

CaseVerdict judge_case(const Verification& verification, const Case& c);

}  // namespace claustrum::evidence
