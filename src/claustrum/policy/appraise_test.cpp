// SPDX-License-Identifier: Apache-2.0
// One thing changed a test, one reason expected.
#include "claustrum/policy/appraise.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using evidence::Claims;
using evidence::FactorStatus;
using evidence::Verification;
using test::good_claims;
using test::kInitDataText;
using test::kPolicyText;
using test::replaced;
using test::verification_of;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");
constexpr std::string_view kDigestRule = "[init-data]\ndigest = ";

class Appraise : public ::testing::Test {
 protected:
  Appraisal run() {
    const auto policy = Policy::parse(as_bytes(policy_));
    EXPECT_TRUE(policy.ok()) << policy.error().message();
    Verification verification = verification_;
    if (verification.claims) {
      verification.claims = evidence::VerifierAccess::verified(claims_);
    }
    AppraisalInput input;
    input.verification = &verification;
    input.now = kNow;
    if (init_data_) {
      input.init_data = as_bytes(*init_data_);
    }
    input.more = more_;
    return appraise(*policy, input);
  }

  // Exactly one factor fails, for exactly this reason.
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
        EXPECT_NE(factor.status, FactorStatus::kNotReached) << factor.id;
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

  void append_waiver(std::string_view factor, std::string_view until) {
    policy_ += "[[waive]]\nfactor = \"" + std::string(factor) +
               "\"\nreason = \"because\"\nuntil = \"" + std::string(until) + "\"\n";
  }

  // Replaces the rules for leaves by a rule for the digest.
  void judge_digest(const std::string& rule) {
    policy_ = policy_.substr(0, policy_.find("[init-data.fields]")) + std::string(kDigestRule) +
              rule + "\n";
  }

  std::string policy_{kPolicyText};
  Claims claims_ = good_claims();
  Verification verification_ = verification_of(good_claims());
  std::optional<std::string> init_data_ = std::string(kInitDataText);
  evidence::Factors more_;
};

TEST_F(Appraise, AcceptsWhatThePolicyNames) {
  const Appraisal appraisal = run();
  const evidence::Factor* failed = appraisal.first_failed();
  EXPECT_TRUE(appraisal.accepted()) << (failed ? failed->id + " " + failed->found : "");
  EXPECT_FALSE(appraisal.simulated());
  ASSERT_NE(appraisal.claims(), nullptr);
  EXPECT_EQ(appraisal.claims()->product, "Milan");
  EXPECT_EQ(appraisal.policy_digest(), crypto::sha256(as_bytes(policy_)));
  EXPECT_EQ(appraisal.time(), kNow);
  EXPECT_TRUE(appraisal.waivers().empty());
  EXPECT_EQ(appraisal.factors().find("init-data-digest")->status, FactorStatus::kPass);
  EXPECT_EQ(appraisal.factors().find("init-data.role")->status, FactorStatus::kPass);
}

TEST_F(Appraise, AnAppraisalHasNoOtherMaker) {
  EXPECT_FALSE(std::is_default_constructible_v<Appraisal>);
}

TEST_F(Appraise, AnEmptyPolicyDenies) {
  policy_.clear();
  const Appraisal appraisal = run();
  EXPECT_FALSE(appraisal.accepted());
  for (const char* id : {"policy-complete", "platform", "product", "measurement", "debug",
                         "migration", "vmpl", "chip-id", "init-data"}) {
    EXPECT_EQ(appraisal.factors().find(id)->status, FactorStatus::kFail) << id;
    EXPECT_EQ(appraisal.factors().find(id)->reason, "policy.incomplete") << id;
  }
}

TEST_F(Appraise, AMissingNameAloneDenies) {
  change_rule("name = \"test\"\n", "");
  expect_one_failure("policy-complete", "policy.incomplete");
}

TEST_F(Appraise, RejectsAnotherPlatform) {
  claims_.platform = "intel-tdx";
  expect_one_failure("platform", "policy.platform");
}

TEST_F(Appraise, RejectsAnotherProduct) {
  change_rule("[\"Milan\", \"Genoa\"]", "[\"Genoa\"]");
  expect_one_failure("product", "policy.product");
}

TEST_F(Appraise, KeepsTheVerifiersDoubtAboutTheProduct) {
  evidence::Factor* factor = verification_.factors.find("product");
  *factor = {"product", FactorStatus::kFail, "Genoa", "Milan", "refuse", "snp.product"};
  expect_one_failure("product", "snp.product");
}

TEST_F(Appraise, AnIgnoredLevelDoesNotTakeTheHostsReport) {
  verification_.factors.fail("vmpl", "snp.vmpl.host", "VMPL 0 to 3", "asked for by the host",
                             "ask inside the guest");
  claims_.privilege_level = 0xffffffff;
  change_rule("vmpl = { exact = 0 }", "vmpl = { ignore = \"any\" }");
  expect_one_failure("vmpl", "snp.vmpl.host");
}

TEST_F(Appraise, KeepsTheVerifiersDoubtAboutTheFirmwareOrder) {
  verification_.factors.fail("tcb", "snp.tcb.order", "an order", "another", "refuse");
  expect_one_failure("tcb", "snp.tcb.order");
}

TEST_F(Appraise, RejectsAnotherMeasurement) {
  claims_.measurements["measurement"][47] = 0xab;
  expect_one_failure("measurement", "policy.measurement");
}

TEST_F(Appraise, RejectsAMissingMeasurement) {
  claims_.measurements.clear();
  expect_one_failure("measurement", "policy.measurement");
}

TEST_F(Appraise, RejectsADebugGuest) {
  claims_.debug = true;
  expect_one_failure("debug", "policy.debug");
}

TEST_F(Appraise, TheVerifiersViewOfDebugIsNotThePolicys) {
  verification_.factors.fail("debug", "snp.debug", "off", "on", "relaunch");
  claims_.debug = true;
  change_rule("debug = { exact = false }", "debug = { ignore = \"a test bench\" }");
  expect_accepted();
}

TEST_F(Appraise, RejectsMigrationAndItsAbsence) {
  claims_.migration = true;
  expect_one_failure("migration", "policy.migration");
  claims_.migration = std::nullopt;
  expect_one_failure("migration", "policy.migration");
}

TEST_F(Appraise, RejectsAnotherPrivilegeLevel) {
  claims_.privilege_level = 1;
  expect_one_failure("vmpl", "policy.vmpl");
  claims_.privilege_level = std::nullopt;
  expect_one_failure("vmpl", "policy.vmpl");
}

TEST_F(Appraise, RejectsAnotherChip) {
  claims_.hardware_id = {0xcc, 0xcd};
  expect_one_failure("chip-id", "policy.chip_id");
}

TEST_F(Appraise, AnIgnoredAbsentClaimIsNotAttestedAndHolds) {
  claims_.hardware_id.clear();
  change_rule("chip-id = { exact = \"cccc\" }", "chip-id = { ignore = \"masked\" }");
  expect_accepted();
  EXPECT_EQ(run().factors().find("chip-id")->status, FactorStatus::kNotAttested);
}

TEST_F(Appraise, RejectsOldFirmware) {
  claims_.tcb["snp"] = 23;
  expect_one_failure("tcb.snp", "policy.tcb");
}

TEST_F(Appraise, RejectsAComponentWithoutRule) {
  claims_.tcb["fmc"] = 99;
  expect_one_failure("tcb.fmc", "policy.tcb_unruled");
}

TEST_F(Appraise, RejectsAComponentTheEvidenceDoesNotName) {
  claims_.tcb.erase("snp");
  expect_one_failure("tcb.snp", "policy.tcb");
}

TEST_F(Appraise, RejectsAProductWithoutTcbRules) {
  claims_.product = "Genoa";
  expect_one_failure("tcb", "policy.tcb_product");
}

TEST_F(Appraise, RejectsAProductWithoutTcbRulesEvenWithoutComponents) {
  claims_.product = "Genoa";
  claims_.tcb.clear();
  expect_one_failure("tcb", "policy.tcb_product");
}

TEST_F(Appraise, TakesAnyTcbWhereThePolicySaysSo) {
  claims_.product = "Genoa";
  claims_.tcb["fmc"] = 0;
  policy_ = replaced(policy_, "[tcb.Milan]\nbootloader = { at-least = 4 }\nsnp = { at-least = 24 }",
                     "[tcb]\nignore = \"reported only\"");
  expect_accepted();
}

TEST_F(Appraise, RejectsLaunchDataTheHardwareDidNotBind) {
  init_data_ = replaced(*init_data_, "\"x = 1\"", "\"x = 2\"");
  expect_one_failure("init-data-digest", "init_data.digest");
}

TEST_F(Appraise, RejectsADigestCutToFit) {
  init_data_ = replaced(*init_data_, "sha256", "sha384");
  claims_.host_data = to_bytes(BytesView(crypto::sha384(as_bytes(*init_data_))).first(32));
  expect_one_failure("init-data-digest", "init_data.slot");
}

TEST_F(Appraise, RejectsUnreadableLaunchData) {
  init_data_ = "version = 3\n";
  claims_.host_data = to_bytes(crypto::sha256(as_bytes(*init_data_)));
  expect_one_failure("init-data-digest", "json.member");
}

TEST_F(Appraise, RejectsMissingLaunchData) {
  init_data_ = std::nullopt;
  expect_one_failure("init-data-digest", "policy.init_data_absent");
}

TEST_F(Appraise, RejectsALeafOfAnotherValue) {
  init_data_ = replaced(*init_data_, "block = 512", "block = 1024");
  claims_.host_data = to_bytes(crypto::sha256(as_bytes(*init_data_)));
  expect_one_failure("init-data.serve.block", "policy.init_data");
}

TEST_F(Appraise, RejectsALeafWithoutRule) {
  change_rule("\"model.file\" = { ignore = \"bound by the manifest\" }\n", "");
  expect_one_failure("init-data.model.file", "policy.init_data_unruled");
}

TEST_F(Appraise, RejectsAForeignEntryWithoutRule) {
  change_rule("\"data:aa.toml\" = { exact = \"x = 1\" }\n", "");
  expect_one_failure("init-data.data:aa.toml", "policy.init_data_unruled");
}

TEST_F(Appraise, RejectsARuleWhoseLeafIsMissing) {
  change_rule("[init-data.fields]\n", "[init-data.fields]\n\"serve.extra\" = { exact = 1 }\n");
  expect_one_failure("init-data.serve.extra", "policy.init_data");
}

TEST_F(Appraise, RejectsAnOpenEngine) {
  change_rule("\"engine.arguments\" = { exact = [\"--threads\", \"2\"] }",
              "\"engine.arguments\" = { ignore = \"any\" }");
  expect_one_failure("init-data.engine.arguments", "policy.init_data_unconstrained");
}

TEST_F(Appraise, RejectsAnOpenRole) {
  change_rule("\"role\" = { exact = \"serve\" }", "\"role\" = { ignore = \"any\" }");
  expect_one_failure("init-data.role", "policy.init_data_unconstrained");
}

TEST_F(Appraise, RejectsAmbiguousLeaves) {
  init_data_ =
      "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"claustrum.toml\" = '''\n"
      "\"a.b\" = 1\n[a]\nb = 2\n'''\n";
  claims_.host_data = to_bytes(crypto::sha256(as_bytes(*init_data_)));
  expect_one_failure("init-data", "init_data.ambiguous");
}

TEST_F(Appraise, JudgesTheWholeDocumentByDigest) {
  judge_digest("{ exact = \"" + codec::hex_encode(claims_.host_data) + "\" }");
  expect_accepted();
  init_data_ = std::nullopt;
  expect_accepted();
  claims_.host_data[0] = static_cast<std::uint8_t>(claims_.host_data[0] ^ 1);
  expect_one_failure("init-data", "policy.init_data");
}

TEST_F(Appraise, JudgesDigestAndLeavesWhereBothAreRuled) {
  change_rule("[init-data.fields]", "[init-data]\ndigest = { exact = \"00\" }\n[init-data.fields]");
  expect_one_failure("init-data", "policy.init_data");
}

TEST_F(Appraise, RejectsAPolicyThatLeavesTheConfigurationOpen) {
  judge_digest("{ ignore = \"any\" }");
  expect_one_failure("init-data", "policy.init_data_unconstrained");
}

// A guest of another maker has neither role nor engine: ignoring all it has asks for nothing.
TEST_F(Appraise, RejectsAPolicyThatIgnoresEveryLeaf) {
  init_data_ = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"aa.toml\" = \"anything\"\n";
  claims_.host_data = to_bytes(crypto::sha256(as_bytes(*init_data_)));
  const std::string before = policy_.substr(0, policy_.find("[init-data.fields]"));
  policy_ = before + "[init-data.fields]\n\"data:aa.toml\" = { ignore = \"any\" }\n";
  expect_one_failure("init-data", "policy.init_data_unconstrained");
  policy_ = before + "[init-data.fields]\n\"data:aa.toml\" = { exact = \"anything\" }\n";
  expect_accepted();
}

TEST_F(Appraise, RejectsAnEmptyTableOfLeafRules) {
  policy_ = policy_.substr(0, policy_.find("[init-data.fields]")) + "[init-data.fields]\n";
  EXPECT_EQ(run().factors().find("policy-complete")->reason, "policy.incomplete");
  policy_ += "[init-data]\ndigest = { ignore = \"any\" }\n";
  expect_one_failure("init-data", "policy.init_data_unconstrained");
}

TEST_F(Appraise, RejectsASimulatedRoot) {
  claims_.simulated = true;
  expect_one_failure("simulated", "policy.simulated");
  EXPECT_TRUE(run().simulated());
}

TEST_F(Appraise, TakesANamedSimulatedRootAndSaysSo) {
  claims_.simulated = true;
  policy_ += "[[simulated]]\nroot = \"" + std::string(64, 'b') +
             "\"\nreason = \"demo\"\nuntil = \"2026-11-25T12:00:00Z\"\n";
  const Appraisal appraisal = run();
  EXPECT_TRUE(appraisal.accepted());
  EXPECT_TRUE(appraisal.simulated());
  const evidence::Factor* factor = appraisal.factors().find("simulated");
  EXPECT_EQ(factor->status, FactorStatus::kWaived);
  EXPECT_EQ(factor->found, "simulated: no protection");
  ASSERT_EQ(appraisal.waivers().size(), 1U);
  EXPECT_EQ(appraisal.waivers().front().factor, "simulated");
}

TEST_F(Appraise, RejectsASimulatedRootThePolicyNamesOtherwise) {
  claims_.simulated = true;
  policy_ += "[[simulated]]\nroot = \"" + std::string(64, 'c') +
             "\"\nreason = \"demo\"\nuntil = \"2027-01-01T00:00:00Z\"\n";
  expect_one_failure("simulated", "policy.simulated");
}

TEST_F(Appraise, RejectsASimulatedRootAfterItsDate) {
  claims_.simulated = true;
  policy_ += "[[simulated]]\nroot = \"" + std::string(64, 'b') +
             "\"\nreason = \"demo\"\nuntil = \"2026-11-25T11:59:59Z\"\n";
  expect_one_failure("simulated", "policy.simulated");
}

TEST_F(Appraise, AWaiverTurnsAFailureIntoWaived) {
  verification_.factors.find("revocation")->status = FactorStatus::kFail;
  verification_.factors.find("revocation")->reason = "snp.crl.missing";
  append_waiver("revocation", "2026-11-25T12:00:00Z");
  const Appraisal appraisal = run();
  EXPECT_TRUE(appraisal.accepted());
  EXPECT_EQ(appraisal.factors().find("revocation")->status, FactorStatus::kWaived);
  ASSERT_EQ(appraisal.waivers().size(), 1U);
  EXPECT_EQ(appraisal.waivers().front().reason, "because");
}

TEST_F(Appraise, AWaiverEnds) {
  *verification_.factors.find("revocation") = {"revocation", FactorStatus::kFail, "a CRL", "none",
                                               "fetch it",   "snp.crl.missing"};
  append_waiver("revocation", "2026-11-25T11:59:59Z");
  expect_one_failure("revocation", "snp.crl.missing");
}

TEST_F(Appraise, AWaiverDoesNotUnsayARevocation) {
  *verification_.factors.find("revocation") = {
      "revocation", FactorStatus::kFail, "not revoked", "revoked", "refuse", "snp.revoked"};
  append_waiver("revocation", "2027-01-01T00:00:00Z");
  expect_one_failure("revocation", "snp.revoked");
}

TEST_F(Appraise, NobodyElseCanWaive) {
  more_.add({"ledger-witnessed", FactorStatus::kWaived, "2", "0", "waived by a caller", {}});
  expect_one_failure("ledger-witnessed", "policy.foreign_waiver");
}

TEST_F(Appraise, AFactorOfTheCallerThatFailsDenies) {
  more_.fail("binding", "document.binding", "a", "b", "ask again");
  expect_one_failure("binding", "document.binding");
}

TEST_F(Appraise, OfTwoFindingsTheFailedOneStands) {
  verification_.factors.add({"nonce", FactorStatus::kNotAttested, {}, "none given", {}, {}});
  expect_accepted();
  more_.fail("nonce", "document.nonce", "a", "b", "ask again");
  expect_one_failure("nonce", "document.nonce");
  more_ = {};
  more_.pass("nonce", "a", "a");
  verification_.factors.find("nonce")->status = FactorStatus::kFail;
  *verification_.factors.find("nonce") = {"nonce", FactorStatus::kFail, "a", "b", "c", "snp.nonce"};
  expect_one_failure("nonce", "snp.nonce");
}

TEST_F(Appraise, NotOfferedHoldsUnlessForbidden) {
  more_.add({"allowed", FactorStatus::kNotOffered, "a list", "vendor has none", {}, {}});
  expect_accepted();
  more_ = {};
  more_.add({"leaf-revocation", FactorStatus::kNotOffered, "a list", "vendor has none", {}, {}});
  expect_one_failure("leaf-revocation", "policy.not_offered");
}

TEST_F(Appraise, NotAttestedDoesNotHoldWhereItIsDemanded) {
  more_.add({"driver-rim", FactorStatus::kNotAttested, "a manifest", "none", {}, {}});
  expect_one_failure("driver-rim", "policy.not_attested");
}

TEST_F(Appraise, AVerifierHasToAnswerWhatIsDemanded) {
  auto& list = verification_.factors.list();
  std::erase_if(list, [](const evidence::Factor& factor) { return factor.id == "revocation"; });
  expect_one_failure("revocation", "policy.missing_factor");
}

TEST_F(Appraise, WithoutAuthenticClaimsNothingIsReached) {
  verification_.claims.reset();
  verification_.factors = {};
  verification_.factors.fail("signature", "snp.signature", "a", "b", "refuse");
  verification_.malformed = true;
  append_waiver("debug", "2027-01-01T00:00:00Z");
  const Appraisal appraisal = run();
  EXPECT_FALSE(appraisal.accepted());
  EXPECT_TRUE(appraisal.malformed());
  EXPECT_EQ(appraisal.claims(), nullptr);
  for (const char* id : {"chain", "root", "revocation", "measurement", "debug", "simulated"}) {
    EXPECT_EQ(appraisal.factors().find(id)->status, FactorStatus::kNotReached) << id;
  }
}

TEST_F(Appraise, NothingVerifiedIsRefused) {
  const auto policy = Policy::parse(as_bytes(policy_));
  const Appraisal appraisal = appraise(*policy, {});
  EXPECT_FALSE(appraisal.accepted());
  EXPECT_NE(appraisal.first_failed(), nullptr);
}

TEST_F(Appraise, GivesAllFindingsNotTheFirst) {
  claims_.debug = true;
  claims_.privilege_level = 2;
  claims_.tcb["snp"] = 1;
  const Appraisal appraisal = run();
  for (const char* id : {"debug", "vmpl", "tcb.snp"}) {
    EXPECT_EQ(appraisal.factors().find(id)->status, FactorStatus::kFail) << id;
  }
}

}  // namespace
}  // namespace claustrum::policy
