// SPDX-License-Identifier: Apache-2.0
// A verdict as an AR4SI trustworthiness vector [docs/formats/ear.md, "From factors to the vector"].
// Guards against a result that says more than was checked: a category affirms only if every factor
// of it passed and those it needs were really judged. For ear*.cpp and their tests only; everybody
// else starts from an Appraisal (ear_write.h).
#pragma once

#include "claustrum/policy/appraise.h"
#include "claustrum/policy/ear.h"

namespace claustrum::policy {

struct JudgedFactors {
  const evidence::Factors* factors = nullptr;
  const evidence::Claims* claims = nullptr;  // nullptr: not authentic
  bool understood = true;                    // neither malformed nor unsupported
};

// All five categories we speak of have a value.
TrustVector trust_vector(const JudgedFactors& judged);
Tier trust_status(bool accepted, const TrustVector& vector);

TrustVector trust_vector(const Appraisal& appraisal);

}  // namespace claustrum::policy
