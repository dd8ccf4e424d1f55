// SPDX-License-Identifier: Apache-2.0
// Real quotes with their expected verdicts, TCB statuses and claims.
#include <gtest/gtest.h>

#include <iostream>

#include "claustrum/evidence/dcap/test_cases.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::tdx {
namespace {

class TdxCases : public ::testing::Test {
 protected:
  void SetUp() override {
    if (folders.empty()) {
      GTEST_SKIP() << "no evidence beside the tree";
    }
  }
  const std::vector<CaseFolder> folders = cases_of({kPlatform});
};

TEST_F(TdxCases, EveryRealCaseIsJudgedRight) {
  std::size_t right = 0;
  for (const CaseFolder& folder : folders) {
    SCOPED_TRACE(folder.name);
    right += dcap::expect_case(folder, verify) ? 1U : 0U;
  }
  std::cout << "platform " << kPlatform << ": " << folders.size() << " cases, " << right
            << " right\n";
}

TEST_F(TdxCases, AWarmCacheChangesNoVerdict) {
  dcap::expect_cache_changes_nothing(folders, verify);
}

}  // namespace
}  // namespace claustrum::evidence::tdx
