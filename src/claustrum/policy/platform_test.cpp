// SPDX-License-Identifier: Apache-2.0
// Version 2 [docs/formats/policy.md]: one thing changed a test, one reason expected.
#include <gtest/gtest.h>

#include "claustrum/policy/appraise.h"
#include "claustrum/policy/platform_facts.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using evidence::Claims;
using evidence::FactorStatus;
using test::good_claims;
using test::good_tdx_claims;
using test::kPolicyText2;
using test::replaced;
using test::verification_of;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

Claims good_snp_claims() {
  Claims claims = good_claims();
  claims.host_data = Bytes(32, 0x11);
  codec::Json info = codec::Json::object();
  info.set("smt", 1);
  claims.details.set("platform_info", info);
  return claims;
}

class Section : public ::testing::Test {
 protected:
  Appraisal run() {
    const auto policy = Policy::parse(as_bytes(policy_));
    EXPECT_TRUE(policy.ok()) << policy.error().message();
    evidence::Verification verification = verification_of(claims_);
    for (const evidence::Factor& factor : more_.list()) {
      verification.factors.add(factor);
    }
    AppraisalInput input;
    input.verification = &verification;
    input.now = now_;
    return appraise(*policy, input);
  }

  void expect_one_failure(std::string_view id, std::string_view reason) {
    const Appraisal appraisal = run();
    EXPECT_FALSE(appraisal.accepted());
    for (const evidence::Factor& factor : appraisal.factors().list()) {
      if (factor.id == id) {
        EXPECT_EQ(factor.status, FactorStatus::kFail) << id;
        EXPECT_EQ(factor.reason, reason) << id;
        EXPECT_FALSE(factor.expected.empty()) << id;
        EXPECT_FALSE(factor.found.empty()) << id;
        EXPECT_FALSE(factor.advice.empty()) << id;
      } else {
        EXPECT_NE(factor.status, FactorStatus::kFail) << factor.id << " " << factor.reason;
      }
    }
    ASSERT_NE(appraisal.first_failed(), nullptr);
    EXPECT_EQ(appraisal.first_failed()->id, id);
  }

  void expect_accepted() {
    const Appraisal appraisal = run();
    const evidence::Factor* failed = appraisal.first_failed();
    EXPECT_TRUE(appraisal.accepted()) << (failed ? failed->id + " " + failed->reason : "");
  }

  void change_rule(std::string_view from, std::string_view to) {
    const std::string before = policy_;
    policy_ = replaced(policy_, from, to);
    EXPECT_NE(policy_, before) << from;
  }

  void append_waiver(std::string_view factor) {
    policy_ += "[[waive]]\nfactor = \"" + std::string(factor) +
               "\"\nreason = \"because\"\nuntil = \"2027-01-01T00:00:00Z\"\n";
  }

  std::string policy_{kPolicyText2};
  Claims claims_ = good_tdx_claims();
  evidence::Factors more_;
  Instant now_ = kNow;
};

TEST_F(Section, AcceptsWhatItsSectionNames) {
  expect_accepted();
  EXPECT_EQ(run().factors().find("measurement.rtmr0")->status, FactorStatus::kPass);
  EXPECT_EQ(run().factors().find("privilege-level"), nullptr);
  claims_ = good_snp_claims();
  expect_accepted();
  EXPECT_EQ(run().factors().find("tcb-status"), nullptr);
  EXPECT_EQ(run().factors().find("advisories"), nullptr);
}

TEST_F(Section, APlatformWithoutASectionIsDenied) {
  claims_.platform = "intel-sgx";
  expect_one_failure("platform", "policy.platform");
  EXPECT_EQ(run().factors().find("debug")->status, FactorStatus::kNotReached);
}

TEST_F(Section, AnEmptyPolicyDeniesAndNamesWhatIsMissing) {
  policy_ = "version = 2\n";
  const evidence::Factor complete = *run().factors().find("policy-complete");
  EXPECT_EQ(complete.reason, "policy.incomplete");
  EXPECT_EQ(complete.found, "none for name, platform, init-data");
  policy_ = "version = 2\nname = \"n\"\n[platform.intel-tdx]\n";
  EXPECT_EQ(run().factors().find("policy-complete")->found,
            "none for platform.intel-tdx.product, platform.intel-tdx.debug, "
            "platform.intel-tdx.migration, platform.intel-tdx.hardware-id, "
            "platform.intel-tdx.measurements, platform.intel-tdx.tcb, "
            "platform.intel-tdx.tcb-status, platform.intel-tdx.tcb-date, "
            "platform.intel-tdx.evaluation-number, init-data");
  for (const char* id : {"product", "debug", "migration", "hardware-id", "tcb", "tcb-status",
                         "tcb-date", "evaluation-number"}) {
    EXPECT_EQ(run().factors().find(id)->reason, "policy.incomplete") << id;
  }
}

TEST_F(Section, AnUnfinishedSectionOfAnotherPlatformDenies) {
  change_rule("provider = { exact = \"\" }\n", "");
  expect_one_failure("policy-complete", "policy.incomplete");
}

TEST_F(Section, APlatformNobodyListedNeedsEveryRule) {
  EXPECT_EQ(missing_rules("new-tee", PlatformRules{}).size(), 11U);
  EXPECT_FALSE(facts_of("new-tee").known);
}

TEST_F(Section, RejectsAnotherProduct) {
  claims_.product = "00906ed50000";
  expect_one_failure("product", "policy.product");
}

TEST_F(Section, RejectsAnotherVoucher) {
  claims_ = good_snp_claims();
  claims_.provider = "cc-test";
  expect_one_failure("provider", "policy.provider");
}

TEST_F(Section, RejectsAVoucherNoRuleExpects) {
  claims_.provider = "cc-test";
  expect_one_failure("provider", "policy.incomplete");
}

TEST_F(Section, RejectsADebugGuest) {
  claims_.debug = true;
  expect_one_failure("debug", "policy.debug");
}

TEST_F(Section, RejectsMigrationAndItsAbsence) {
  claims_.migration = true;
  expect_one_failure("migration", "policy.migration");
  claims_.migration = std::nullopt;
  expect_one_failure("migration", "policy.migration");
}

TEST_F(Section, RejectsAnotherPrivilegeLevel) {
  claims_ = good_snp_claims();
  claims_.privilege_level = 1;
  expect_one_failure("privilege-level", "policy.privilege_level");
}

TEST_F(Section, RejectsALevelNoRuleExpects) {
  claims_.privilege_level = 0;
  expect_one_failure("privilege-level", "policy.incomplete");
}

TEST_F(Section, TheVerifiersDoubtAboutTheLevelStays) {
  claims_ = good_snp_claims();
  more_.fail("vmpl", "snp.vmpl.host", "VMPL 0 to 3", "asked for by the host", "ask inside");
  change_rule("privilege-level = { exact = 0 }", "privilege-level = { ignore = \"any\" }");
  expect_one_failure("vmpl", "snp.vmpl.host");
}

TEST_F(Section, RejectsAnotherChipAndAMaskedOne) {
  claims_.hardware_id = {0xcc};
  expect_one_failure("hardware-id", "policy.hardware_id");
  claims_.hardware_id.clear();
  expect_one_failure("hardware-id", "policy.hardware_id");
}

TEST_F(Section, RejectsAnotherMeasurement) {
  claims_.measurements["mr_td"] = {0xaa, 0xab};
  expect_one_failure("measurement.mr_td", "policy.measurement");
}

TEST_F(Section, RejectsAMeasurementThatIsNotThere) {
  claims_.measurements.erase("mr_td");
  expect_one_failure("measurement.mr_td", "policy.measurement");
}

TEST_F(Section, RejectsAMeasurementNobodyJudged) {
  claims_.measurements["rtmr3"] = {0xee};
  expect_one_failure("measurement.rtmr3", "policy.measurement_unruled");
}

TEST_F(Section, RejectsAnotherDetailAndItsAbsence) {
  claims_.details.set("td_attributes", "0100001000000000");
  expect_one_failure("claim.td_attributes", "policy.claim");
  claims_.details.set("td_attributes", codec::Json());
  expect_one_failure("claim.td_attributes", "policy.claim");
  claims_.details = codec::Json::object();
  expect_one_failure("claim.td_attributes", "policy.claim");
}

TEST_F(Section, APathGoesThroughTheVendorsMembers) {
  claims_ = good_snp_claims();
  codec::Json info = codec::Json::object();
  info.set("smt", 2);
  claims_.details.set("platform_info", info);
  expect_one_failure("claim.platform_info.smt", "policy.claim");
  claims_.details.set("platform_info", 1);
  expect_one_failure("claim.platform_info.smt", "policy.claim");
}

TEST_F(Section, RejectsAStatusThePolicyDoesNotName) {
  claims_.standing->status = "OutOfDate";
  expect_one_failure("tcb-status", "policy.tcb_status");
  claims_.standing->status = "";
  expect_one_failure("tcb-status", "policy.tcb_status");
}

TEST_F(Section, NoRuleAndNoWaiverTakesRevokedFirmware) {
  claims_.standing->status = "Revoked";
  change_rule("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\"] }",
              "tcb-status = { one-of = [\"Revoked\"] }");
  append_waiver("tcb-status");
  expect_one_failure("tcb-status", "policy.tcb_status.revoked");
}

TEST_F(Section, RejectsAnOldTcbDate) {
  claims_.standing->date = {1735689599};
  expect_one_failure("tcb-date", "policy.tcb_date");
}

TEST_F(Section, RejectsAnOldEditionOfTheVendorsList) {
  claims_.standing->evaluation_data_number = 16;
  expect_one_failure("evaluation-number", "policy.evaluation_number");
}

TEST_F(Section, AnAbsentStandingHoldsOnlyWhereItIsIgnored) {
  claims_.standing.reset();
  for (const char* id : {"tcb-status", "tcb-date", "evaluation-number"}) {
    EXPECT_EQ(run().factors().find(id)->status, FactorStatus::kFail) << id;
  }
  change_rule("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\"] }",
              "tcb-status = { ignore = \"r\" }");
  change_rule("tcb-date = { at-least = \"2025-01-01T00:00:00Z\" }",
              "tcb-date = { ignore = \"r\" }");
  expect_one_failure("evaluation-number", "policy.evaluation_number");
  change_rule("evaluation-number = { at-least = 17 }", "evaluation-number = { ignore = \"r\" }");
  expect_accepted();
  EXPECT_EQ(run().factors().find("advisories")->status, FactorStatus::kNotAttested);
}

TEST_F(Section, AStandingNoRuleLookedAtDenies) {
  claims_ = good_snp_claims();
  claims_.standing = good_tdx_claims().standing;
  claims_.standing->advisories.clear();
  const Appraisal appraisal = run();
  for (const char* id : {"tcb-status", "tcb-date", "evaluation-number"}) {
    EXPECT_EQ(appraisal.factors().find(id)->reason, "policy.incomplete") << id;
  }
}

TEST_F(Section, RejectsAnAdvisoryThatIsNotAccepted) {
  claims_.standing->advisories.push_back("INTEL-SA-00002");
  expect_one_failure("advisories", "policy.advisory");
  EXPECT_EQ(run().factors().find("advisories")->found, "INTEL-SA-00002");
}

TEST_F(Section, AnAcceptedAdvisoryIsShownAsAWaiver) {
  const Appraisal appraisal = run();
  const evidence::Factor* factor = appraisal.factors().find("advisories");
  EXPECT_EQ(factor->status, FactorStatus::kWaived);
  EXPECT_EQ(factor->found, "INTEL-SA-00001");
  EXPECT_EQ(factor->advice, "INTEL-SA-00001: no neighbours (until 2026-12-31T00:00:00Z)");
  ASSERT_EQ(appraisal.waivers().size(), 1U);
  EXPECT_EQ(appraisal.waivers().front().factor, "advisories");
  EXPECT_EQ(appraisal.waivers().front().reason, "INTEL-SA-00001: no neighbours");
  claims_.standing->advisories.clear();
  EXPECT_EQ(run().factors().find("advisories")->status, FactorStatus::kPass);
  EXPECT_TRUE(run().waivers().empty());
}

TEST_F(Section, AnAcceptedAdvisoryEnds) {
  now_ = *parse_rfc3339("2026-12-31T00:00:00Z");
  expect_accepted();
  now_ = now_ + 1;
  expect_one_failure("advisories", "policy.advisory");
}

TEST_F(Section, AnAdvisoryOfAnotherSectionDoesNotCount) {
  claims_ = good_snp_claims();
  claims_.standing = good_tdx_claims().standing;
  change_rule("provider = { exact = \"\" }",
              "provider = { exact = \"\" }\ntcb-status = { ignore = \"r\" }\n"
              "tcb-date = { ignore = \"r\" }\nevaluation-number = { ignore = \"r\" }");
  expect_one_failure("advisories", "policy.advisory");
}

TEST_F(Section, TheVerifiersDoubtAboutTheFirmwareStays) {
  more_.fail("tcb", "dcap.tcb.no_level", "a level", "none", "refuse");
  expect_one_failure("tcb", "dcap.tcb.no_level");
}

TEST_F(Section, WhatTheVerifierFoundStaysWhereThePolicyIgnoresIt) {
  more_.pass("tcb", "a level", "OutOfDate (platform OutOfDate)");
  EXPECT_EQ(run().factors().find("tcb")->found, "OutOfDate (platform OutOfDate)");
  EXPECT_EQ(run().factors().find("tcb")->expected, "anything (judged by tcb-status)");
  more_ = {};
  EXPECT_EQ(run().factors().find("tcb")->found, "reported only");
}

TEST_F(Section, AFactorTheVendorDoesNotOfferIsStillThePolicys) {
  claims_.standing.reset();
  more_.add({"tcb-status", FactorStatus::kNotOffered, "a list", "vendor has none", {}, {}});
  EXPECT_EQ(run().factors().find("tcb-status")->reason, "policy.tcb_status");
}

TEST_F(Section, FloorsAreByProductAndComponent) {
  claims_ = good_snp_claims();
  claims_.tcb["snp"] = 23;
  expect_one_failure("tcb.snp", "policy.tcb");
  claims_.tcb = {{"bootloader", 4}, {"snp", 24}, {"fmc", 1}};
  expect_one_failure("tcb.fmc", "policy.tcb_unruled");
  claims_.tcb.erase("fmc");
  claims_.product = "Genoa";
  expect_one_failure("tcb", "policy.tcb_product");
}

TEST_F(Section, AnyIsForProductsWithoutATableOfTheirOwn) {
  change_rule("tcb.Milan.snp = { at-least = 24 }",
              "tcb.Milan.snp = { at-least = 24 }\ntcb.any.snp = { at-least = 1 }\n"
              "tcb.any.bootloader = { at-least = 1 }");
  claims_ = good_snp_claims();
  claims_.tcb["snp"] = 23;
  expect_one_failure("tcb.snp", "policy.tcb");
  claims_.product = "Genoa";
  expect_accepted();
  claims_.tcb["snp"] = 0;
  expect_one_failure("tcb.snp", "policy.tcb");
}

TEST_F(Section, ASectionWithoutFloorsDenies) {
  change_rule("tcb = { ignore = \"judged by tcb-status\" }\n", "");
  const Appraisal appraisal = run();
  EXPECT_EQ(appraisal.factors().find("tcb")->status, FactorStatus::kFail);
  EXPECT_EQ(appraisal.factors().find("tcb")->reason, "policy.incomplete");
  EXPECT_EQ(appraisal.factors().find("policy-complete")->reason, "policy.incomplete");
}

TEST_F(Section, LaunchDataIsJudgedAsInVersion1) {
  claims_.host_data[0] = 0;
  expect_one_failure("init-data", "policy.init_data");
}

TEST_F(Section, AWaiverNamesOneFactorOfASection) {
  claims_.measurements["mr_td"] = {0xab};
  append_waiver("measurement.mr_td");
  expect_accepted();
  EXPECT_EQ(run().factors().find("measurement.mr_td")->status, FactorStatus::kWaived);
  claims_.details.set("td_attributes", "01");
  append_waiver("claim.td_attributes");
  expect_accepted();
}

TEST_F(Section, WithoutAuthenticClaimsNothingIsReached) {
  const auto policy = Policy::parse(as_bytes(policy_));
  const Appraisal appraisal = appraise(*policy, {});
  EXPECT_FALSE(appraisal.accepted());
  EXPECT_EQ(appraisal.factors().find("hardware-id")->status, FactorStatus::kNotReached);
}

}  // namespace
}  // namespace claustrum::policy
