// SPDX-License-Identifier: Apache-2.0
// Real quotes compared with their expected verdicts. For the tests of evidence/sgx and
// evidence/tdx, which name their verifier.
#pragma once

#include "claustrum/evidence/core/test_cases.h"
#include "claustrum/evidence/dcap/test_scene.h"

namespace claustrum::evidence::dcap {

// Verdict, TCB status, dates, advisories and claims are those of case.json. True where the verdict
// is; everything else is an EXPECT.
bool expect_case(const CaseFolder& folder, const Verify& verify);
// Every factor of a case holds the same with a warm cache.
void expect_cache_changes_nothing(const std::vector<CaseFolder>& folders, const Verify& verify);
}  // namespace claustrum::evidence::dcap
