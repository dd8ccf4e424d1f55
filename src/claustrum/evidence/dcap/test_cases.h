// SPDX-License-Identifier: Apache-2.0
// Real quotes with their expected verdicts, loaded from the evidence folders beside the tree. For
// the tests of evidence/sgx and evidence/tdx, which name their verifier.
#pragma once

#include "claustrum/evidence/core/case_profile.h"
#include "claustrum/evidence/dcap/test_scene.h"

namespace claustrum::evidence::dcap {

struct CaseFolder {
  std::string name;
  codec::Json file;
  Case loaded;
};

std::vector<CaseFolder> cases_of(std::string_view platform);
Verification run_case(const Case& c, const Verify& verify, IssuerCache* issuers = nullptr);

// Verdict, TCB status, dates, advisories and claims are those of case.json. True where the verdict
// is; everything else is an EXPECT.
bool expect_case(const CaseFolder& folder, const Verify& verify);
// Every factor of a case holds the same with a warm cache.
void expect_cache_changes_nothing(const std::vector<CaseFolder>& folders, const Verify& verify);
}  // namespace claustrum::evidence::dcap
