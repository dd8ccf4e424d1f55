// SPDX-License-Identifier: Apache-2.0
// No accepted quote, real or simulated, survives a changed byte; no collateral does.
#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_sweep.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::tdx {
namespace {

using simulator::QuoteForm;

TEST(TdxSweep, NoRealQuoteSurvivesAChange) {
  dcap::sweep_cases(kPlatform, verify);
}

TEST(TdxSweep, NoSimulatedQuoteSurvivesAChange) {
  dcap::sweep_simulated(
      {QuoteForm::kTdV4, QuoteForm::kTd10V5, QuoteForm::kTd15V5, QuoteForm::kTd15ExV5}, verify);
}

}  // namespace
}  // namespace claustrum::evidence::tdx
