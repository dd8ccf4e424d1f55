// SPDX-License-Identifier: Apache-2.0
// No result says more than was checked: one thing changed a test, and the category it belongs to
// no longer affirms.
#include "claustrum/policy/ear_vector.h"

#include <gtest/gtest.h>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using evidence::Claims;
using evidence::Factor;
using evidence::Factors;
using evidence::FactorStatus;
using enum TrustCategory;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

int value(const TrustVector& vector, TrustCategory category) {
  const auto found = vector.at(category);
  return found ? *found : -128;
}

bool affirms(const TrustVector& vector, TrustCategory category) {
  return tier_of(vector.at(category).value_or(0)) == Tier::kAffirming;
}

// Everything asked and everything answered.
class EarVector : public ::testing::Test {
 protected:
  EarVector() {
    for (const char* id : {"format",
                           "chain",
                           "root",
                           "validity",
                           "signature",
                           "revocation",
                           "collateral-current",
                           "platform",
                           "product",
                           "simulated",
                           "tcb",
                           "tcb.snp",
                           "policy-complete",
                           "debug",
                           "migration",
                           "init-data",
                           "measurement.measurement",
                           "hardware-id",
                           "provider",
                           "nonce"}) {
      factors_.pass(id, "exactly this", "this");
    }
    claims_.details = codec::Json::object();
  }

  TrustVector run() const { return trust_vector({&factors_, &claims_, true}); }

  void set(std::string_view id, FactorStatus status, std::string_view reason = {}) {
    if (factors_.find(id) == nullptr) {
      factors_.pass(id, "exactly this", "this");
    }
    factors_.find(id)->status = status;
    factors_.find(id)->reason = reason;
  }

  void ignore(std::string_view id) {
    if (factors_.find(id) == nullptr) {
      factors_.pass(id, "", "this");
    }
    factors_.find(id)->expected = describe(Rule(Ignore{"because"}));
  }

  void drop(std::string_view id) {
    std::erase_if(factors_.list(), [&](const Factor& factor) { return factor.id == id; });
  }

  Factors factors_;
  Claims claims_ = test::good_claims();
};

TEST_F(EarVector, AffirmsWhatWasCheckedInFull) {
  const TrustVector vector = run();
  EXPECT_EQ(value(vector, kInstanceIdentity), 2);
  EXPECT_EQ(value(vector, kConfiguration), 2);
  EXPECT_EQ(value(vector, kExecutables), 3);
  EXPECT_EQ(value(vector, kHardware), 2);
  EXPECT_EQ(value(vector, kRuntimeOpaque), 2);
  for (const TrustCategory unspoken : {kFileSystem, kStorageOpaque, kSourcedData}) {
    EXPECT_FALSE(vector.at(unspoken).has_value());
  }
  EXPECT_EQ(trust_status(true, vector), Tier::kAffirming);
  EXPECT_EQ(trust_status(false, vector), Tier::kContraindicated);
}

struct Expected {
  const char* id;
  TrustCategory category;
  int failed;
  int unchecked;
};

constexpr Expected kExpected[] = {
    {"format", kHardware, 99, 32},
    {"collateral", kHardware, 99, 32},
    {"root", kHardware, 99, 32},
    {"chain", kHardware, 99, 32},
    {"validity", kHardware, 99, 32},
    {"signing-key", kHardware, 99, 32},
    {"signature", kHardware, 99, 32},
    {"tcb-binding", kHardware, 99, 32},
    {"chip-binding", kHardware, 99, 32},
    {"qe-vendor", kHardware, 99, 32},
    {"qe-report", kHardware, 99, 32},
    {"qe-binding", kHardware, 99, 32},
    {"qe-identity", kHardware, 99, 32},
    {"platform", kHardware, 97, 32},
    {"product", kHardware, 97, 32},
    {"simulated", kHardware, 97, 97},
    {"revocation", kHardware, 96, 32},
    {"leaf-revocation", kHardware, 96, 32},
    {"collateral-current", kHardware, 96, 32},
    {"collateral-signature", kHardware, 96, 32},
    {"collateral-validity", kHardware, 96, 32},
    {"tcb", kHardware, 96, 32},
    {"tcb.snp", kHardware, 96, 32},
    {"tcb-status", kHardware, 96, 32},
    {"tcb-date", kHardware, 96, 32},
    {"evaluation-number", kHardware, 96, 32},
    {"advisories", kHardware, 96, 32},
    {"hardware-id", kInstanceIdentity, 97, 0},
    {"chip-id", kInstanceIdentity, 97, 0},
    {"provider", kInstanceIdentity, 97, 0},
    {"keys", kInstanceIdentity, 97, 0},
    {"service", kInstanceIdentity, 97, 0},
    {"nonce", kInstanceIdentity, 99, 0},
    {"binding", kInstanceIdentity, 99, 0},
    {"measurement.measurement", kExecutables, 96, 33},
    {"measurement.rtmr0", kExecutables, 96, 33},
    {"program", kExecutables, 96, 33},
    {"software", kExecutables, 96, 33},
    {"model", kExecutables, 96, 33},
    {"ledger-inclusion", kExecutables, 96, 33},
    {"ledger-witnessed", kExecutables, 96, 33},
    {"debug", kConfiguration, 96, 36},
    {"migration", kConfiguration, 96, 36},
    {"vmpl", kConfiguration, 96, 36},
    {"privilege-level", kConfiguration, 96, 36},
    {"guest-policy", kConfiguration, 96, 36},
    {"id-block", kConfiguration, 96, 36},
    {"attributes", kConfiguration, 96, 36},
    {"claim.platform_info.smt", kConfiguration, 96, 36},
    {"policy-complete", kConfiguration, 96, 36},
    {"init-data", kConfiguration, 96, 36},
    {"init-data-digest", kConfiguration, 96, 36},
    {"init-data.engine.binary", kConfiguration, 96, 36},
    {"role", kConfiguration, 96, 36},
    {"a factor of tomorrow", kConfiguration, 96, 36},
};

TEST_F(EarVector, AFailedFactorIsContraindicatedInItsHome) {
  for (const Expected& row : kExpected) {
    const Factors before = factors_;
    set(row.id, FactorStatus::kFail);
    const TrustVector vector = run();
    EXPECT_EQ(value(vector, row.category), row.failed) << row.id;
    EXPECT_EQ(trust_status(true, vector), Tier::kContraindicated) << row.id;
    factors_ = before;
  }
}

TEST_F(EarVector, WhatWasWaivedOrNotAnsweredNeverAffirms) {
  for (const Expected& row : kExpected) {
    for (const FactorStatus status :
         {FactorStatus::kWaived, FactorStatus::kNotAttested, FactorStatus::kNotReached}) {
      const Factors before = factors_;
      set(row.id, status);
      const TrustVector vector = run();
      EXPECT_EQ(value(vector, row.category), row.unchecked) << row.id << " " << to_string(status);
      EXPECT_FALSE(affirms(vector, row.category)) << row.id;
      EXPECT_EQ(trust_status(true, vector), row.category == kInstanceIdentity ? Tier::kAffirming
                                            : row.unchecked == 97 ? Tier::kContraindicated
                                                                  : Tier::kWarning)
          << row.id;
      factors_ = before;
    }
  }
}

// AMD lists no revoked leaf and no standing: that lowers nothing where the rest was judged. What a
// category cannot do without has to be there, whatever the vendor offers.
TEST_F(EarVector, WhatAVendorDoesNotOfferLowersWhatNeedsIt) {
  for (const char* id : {"leaf-revocation", "tcb-status", "advisories"}) {
    set(id, FactorStatus::kNotOffered);
  }
  EXPECT_EQ(value(run(), kHardware), 2);
  const Factors before = factors_;
  for (const char* id : {"revocation", "collateral-current", "tcb.snp"}) {
    set(id, FactorStatus::kNotOffered);
    EXPECT_EQ(value(run(), kHardware), 32) << id;
    factors_ = before;
  }
  set("debug", FactorStatus::kNotOffered);
  EXPECT_EQ(value(run(), kConfiguration), 36);
  factors_ = before;
  set("measurement.measurement", FactorStatus::kNotOffered);
  EXPECT_EQ(value(run(), kExecutables), 33);
  factors_ = before;
  for (const char* id : {"hardware-id", "nonce"}) {
    set(id, FactorStatus::kNotOffered);
    EXPECT_EQ(value(run(), kInstanceIdentity), 0) << id;
    factors_ = before;
  }
}

TEST_F(EarVector, AnEventLogNobodyBroughtTakesNothingAway) {
  set("event-log", FactorStatus::kNotAttested);
  EXPECT_EQ(value(run(), kConfiguration), 2);
  for (const FactorStatus status : {FactorStatus::kWaived, FactorStatus::kNotReached}) {
    set("event-log", status);
    EXPECT_EQ(value(run(), kConfiguration), 36);
  }
  set("event-log", FactorStatus::kFail);
  EXPECT_EQ(value(run(), kConfiguration), 96);
}

TEST_F(EarVector, AMissingAnswerNeverAffirms) {
  for (const char* id : {"chain", "root", "validity", "signature", "revocation",
                         "collateral-current", "platform", "simulated", "tcb.snp"}) {
    const Factors before = factors_;
    drop(id);
    EXPECT_EQ(value(run(), kHardware), 32) << id;
    factors_ = before;
  }
  for (const char* id : {"policy-complete", "debug"}) {
    const Factors before = factors_;
    drop(id);
    EXPECT_EQ(value(run(), kConfiguration), 36) << id;
    factors_ = before;
  }
  for (const char* id : {"hardware-id", "nonce"}) {
    const Factors before = factors_;
    drop(id);
    EXPECT_EQ(value(run(), kInstanceIdentity), 0) << id;
    factors_ = before;
  }
  drop("measurement.measurement");
  EXPECT_EQ(value(run(), kExecutables), 33);
}

TEST_F(EarVector, SimulatedEvidenceAffirmsNothing) {
  claims_.simulated = true;
  const TrustVector vector = run();
  EXPECT_EQ(value(vector, kHardware), 97);
  EXPECT_EQ(value(vector, kInstanceIdentity), 97);
  EXPECT_EQ(value(vector, kRuntimeOpaque), 96);
  EXPECT_EQ(value(vector, kConfiguration), 0);
  EXPECT_EQ(value(vector, kExecutables), 0);
  EXPECT_EQ(trust_status(true, vector), Tier::kContraindicated);
}

TEST_F(EarVector, ADebugGuestIsVisibleWhateverLetItPass) {
  claims_.debug = true;
  const TrustVector vector = run();
  EXPECT_EQ(value(vector, kConfiguration), 96);
  EXPECT_EQ(value(vector, kRuntimeOpaque), 96);
  EXPECT_EQ(trust_status(true, vector), Tier::kContraindicated);
}

TEST_F(EarVector, WhatIsNotAuthenticIsNotAppraised) {
  for (const bool understood : {true, false}) {
    const TrustVector vector = trust_vector({&factors_, nullptr, understood});
    for (const TrustCategory category :
         {kInstanceIdentity, kConfiguration, kExecutables, kHardware, kRuntimeOpaque}) {
      EXPECT_EQ(value(vector, category), understood ? 99 : 1);
    }
    EXPECT_EQ(trust_status(false, vector), Tier::kContraindicated);
  }
}

TEST_F(EarVector, ARevocationIsOneInBothCategories) {
  set("revocation", FactorStatus::kFail, "snp.crl.revoked");
  const TrustVector vector = run();
  EXPECT_EQ(value(vector, kHardware), 96);
  EXPECT_EQ(value(vector, kInstanceIdentity), 96);
  EXPECT_EQ(value(vector, kRuntimeOpaque), 96);
  set("revocation", FactorStatus::kWaived);
  EXPECT_EQ(value(run(), kHardware), 32);
  EXPECT_EQ(value(run(), kRuntimeOpaque), 32);
}

TEST_F(EarVector, AnIgnoredProgramIsNotRecognised) {
  ignore("measurement.measurement");
  EXPECT_EQ(value(run(), kExecutables), 33);
}

TEST_F(EarVector, OnATdEveryMeasurementThatNamesTheProgramCounts) {
  claims_ = test::good_tdx_claims();
  claims_.standing->advisories.clear();
  claims_.measurements = {{"mr_td", {1}}, {"rtmr0", {1}}, {"rtmr1", {1}}, {"rtmr2", {1}}};
  for (const char* id : {"measurement.mr_td", "measurement.rtmr1", "measurement.rtmr2"}) {
    factors_.pass(id, "exactly this", "this");
  }
  ignore("measurement.rtmr0");
  EXPECT_EQ(value(run(), kExecutables), 3);
  for (const char* id : {"measurement.mr_td", "measurement.rtmr1", "measurement.rtmr2"}) {
    const Factors before = factors_;
    ignore(id);
    EXPECT_EQ(value(run(), kExecutables), 33) << id;
    factors_ = before;
  }
}

TEST_F(EarVector, OnAnUnknownPlatformEveryMeasurementCountsAndMemoryIsNotSpokenOf) {
  claims_.platform = "tomorrow";
  claims_.measurements = {{"a", {1}}, {"b", {1}}};
  factors_.pass("measurement.a", "exactly this", "this");
  EXPECT_EQ(value(run(), kExecutables), 33);
  factors_.pass("measurement.b", "exactly this", "this");
  EXPECT_EQ(value(run(), kExecutables), 3);
  EXPECT_EQ(value(run(), kRuntimeOpaque), 0);
}

TEST_F(EarVector, AnIgnoredMachineIsNotRecognisedAndLowersNothingElse) {
  for (const char* id : {"hardware-id", "provider"}) {
    const Factors before = factors_;
    ignore(id);
    EXPECT_EQ(value(run(), kInstanceIdentity), 0) << id;
    EXPECT_EQ(trust_status(true, run()), Tier::kAffirming) << id;
    factors_ = before;
  }
}

TEST_F(EarVector, AnIgnoredPartOfTheConfigurationIsNoApprovalOfIt) {
  ignore("init-data.model.name");
  EXPECT_EQ(value(run(), kConfiguration), 3);
}

TEST_F(EarVector, AGuestThatMayMoveIsApprovedOnlyByARule) {
  claims_.migration = true;
  EXPECT_EQ(value(run(), kConfiguration), 2);
  ignore("migration");
  EXPECT_EQ(value(run(), kConfiguration), 36);
}

TEST_F(EarVector, FirmwareNobodyJudgedHasNoKnownWorth) {
  ignore("tcb.snp");
  EXPECT_EQ(value(run(), kHardware), 32);
  factors_.pass("tcb-status", "exactly UpToDate", "UpToDate");
  EXPECT_EQ(value(run(), kHardware), 2);
  ignore("tcb-status");
  EXPECT_EQ(value(run(), kHardware), 32);
}

TEST_F(EarVector, AKnownWeaknessIsNamedEvenWhereThePolicyLivesWithIt) {
  claims_.standing.emplace();
  claims_.standing->status = "UpToDate";
  EXPECT_EQ(value(run(), kHardware), 2);
  claims_.standing->advisories = {"INTEL-SA-00001"};
  EXPECT_EQ(value(run(), kHardware), 32);
  claims_.standing->advisories.clear();
  claims_.standing->status = "SWHardeningNeeded";
  EXPECT_EQ(value(run(), kHardware), 32);
  EXPECT_EQ(value(run(), kRuntimeOpaque), 32);
}

TEST_F(EarVector, TheStatusIsNoBetterThanItsCategories) {
  for (const TrustCategory category : {kHardware, kConfiguration, kExecutables}) {
    TrustVector vector = run();
    vector.set(category, 0);
    EXPECT_EQ(trust_status(true, vector), Tier::kWarning) << to_string(category);
    vector.set(category, 96);
    EXPECT_EQ(trust_status(true, vector), Tier::kContraindicated) << to_string(category);
  }
}

TEST(EarTier, FollowsAr4si) {
  for (int number = -128; number <= 127; ++number) {
    const Tier expected = number >= -1 && number <= 1    ? Tier::kNone
                          : number >= 2 && number <= 31  ? Tier::kAffirming
                          : number >= -32 && number < -1 ? Tier::kAffirming
                          : number >= 32 && number <= 95 ? Tier::kWarning
                          : number >= -96 && number < 0  ? Tier::kWarning
                                                         : Tier::kContraindicated;
    EXPECT_EQ(tier_of(static_cast<std::int8_t>(number)), expected) << number;
  }
}

}  // namespace
}  // namespace claustrum::policy
