// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/factor.h"

#include <gtest/gtest.h>

namespace claustrum::evidence {
namespace {

TEST(Factors, NamesOfStatesAreThePublishedOnes) {
  EXPECT_EQ(to_string(FactorStatus::kPass), "pass");
  EXPECT_EQ(to_string(FactorStatus::kFail), "fail");
  EXPECT_EQ(to_string(FactorStatus::kWaived), "waived");
  EXPECT_EQ(to_string(FactorStatus::kNotAttested), "not-attested");
  EXPECT_EQ(to_string(FactorStatus::kNotOffered), "not-offered");
  EXPECT_EQ(to_string(FactorStatus::kNotReached), "not-reached");
}

TEST(Factors, NotReachedFillsOnlyWhatIsMissing) {
  Factors factors;
  factors.pass("root", "a", "b");
  factors.not_reached({"format", "root", "chain"});
  ASSERT_EQ(factors.list().size(), 3U);
  EXPECT_EQ(factors.find("root")->status, FactorStatus::kPass);
  EXPECT_EQ(factors.find("format")->status, FactorStatus::kNotReached);
  EXPECT_EQ(factors.list()[2].id, "chain");
  EXPECT_EQ(factors.find("debug"), nullptr);
}

TEST(Factors, AnErrorGivesReasonAndText) {
  Factors factors;
  factors.fail("chain", Error(Code::kBadSignature, "x509.signature", "leaf"), "signed", "look");
  const Factor* factor = factors.find("chain");
  ASSERT_NE(factor, nullptr);
  EXPECT_EQ(factor->status, FactorStatus::kFail);
  EXPECT_EQ(factor->reason, "x509.signature");
  EXPECT_EQ(factor->found, "leaf");
  EXPECT_EQ(factor->advice, "look");
  factors.fail("root", Error(Code::kUntrustedRoot, "x"), "pinned", "");
  EXPECT_EQ(factors.find("root")->found, "untrusted_root");
}

TEST(FactorsDeathTest, AnIdOccursOnce) {
  Factors factors;
  factors.pass("root", "a", "b");
  EXPECT_DEATH(factors.pass("root", "a", "b"), "");
}

}  // namespace
}  // namespace claustrum::evidence
