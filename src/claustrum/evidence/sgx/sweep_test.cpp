// SPDX-License-Identifier: Apache-2.0
// No accepted quote, real or simulated, survives a changed byte; no collateral does.
#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_sweep.h"
#include "claustrum/evidence/sgx/verify.h"

namespace claustrum::evidence::sgx {
namespace {

using simulator::QuoteForm;

TEST(SgxSweep, NoRealQuoteSurvivesAChange) {
  dcap::sweep_cases(kPlatform, verify);
}

TEST(SgxSweep, NoSimulatedQuoteSurvivesAChange) {
  dcap::sweep_simulated({QuoteForm::kSgxV3, QuoteForm::kSgxV4, QuoteForm::kSgxV5}, verify);
}

}  // namespace
}  // namespace claustrum::evidence::sgx
