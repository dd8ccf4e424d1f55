// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/case_profile.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/core/verifier_access.h"

namespace claustrum::evidence {
namespace {

using codec::Json;

Result<Bytes> load_any(std::string_view name) {
  return to_bytes(name);
}

Json case_json() {
  Json json = Json::object();
  json.set("platform", "amd-sev-snp").set("evidence", "evidence.bin");
  json.set("collateral", Json::object().set("ask", "ask.der"));
  json.set("verify_at", "2026-01-15T00:00:00Z");
  json.set("waive", Json::array()).set("expected", Json::object());
  return json;
}

Case plain_case(std::initializer_list<const char*> waived = {}) {
  Json json = case_json();
  Json waive = Json::array();
  for (const char* name : waived) {
    waive.push(name);
  }
  json.set("waive", waive);
  Result<Case> c = load_case(json, load_any, {});
  EXPECT_TRUE(c.ok());
  return std::move(c).value();
}

Verification authentic() {
  Verification out;
  Claims claims;
  claims.report_data = Bytes(64, 7);
  out.claims = VerifierAccess::verified(std::move(claims));
  out.factors.pass("signature", "", "");
  return out;
}

TEST(CaseProfile, LoadsEveryNamedFile) {
  const Result<Case> c = load_case(case_json(), load_any, {});
  ASSERT_TRUE(c.ok());
  EXPECT_EQ(c->platform, "amd-sev-snp");
  EXPECT_EQ(c->evidence, to_bytes("evidence.bin"));
  EXPECT_EQ(c->collateral.at("ask"), to_bytes("ask.der"));
  EXPECT_EQ(format_rfc3339(c->verify_at), "2026-01-15T00:00:00Z");
}

TEST(CaseProfile, CollateralThatIsNotThereIsAbsent) {
  const auto without = [](Code code, std::string_view missing) {
    return [code, missing](std::string_view name) -> Result<Bytes> {
      return name == missing ? Result<Bytes>(Error(code, "file.missing")) : load_any(name);
    };
  };
  const Result<Case> c = load_case(case_json(), without(Code::kNotFound, "ask.der"), {});
  ASSERT_TRUE(c.ok());
  EXPECT_TRUE(c->collateral.empty());
  // Too large is not absent, and without evidence there is nothing to judge.
  EXPECT_EQ(load_case(case_json(), without(Code::kExhausted, "ask.der"), {}).error().code(),
            Code::kExhausted);
  EXPECT_EQ(load_case(case_json(), without(Code::kNotFound, "evidence.bin"), {}).error().code(),
            Code::kNotFound);
}

TEST(CaseProfile, NoVerifyAtTakesTheFallback) {
  Json json = case_json();
  json.set("verify_at", nullptr);
  const Result<Case> c = load_case(json, load_any, Instant{77});
  ASSERT_TRUE(c.ok());
  EXPECT_EQ(c->verify_at.seconds, 77);
}

TEST(CaseProfile, RefusesFilesOutsideTheFolder) {
  for (const char* name : {"../ask.der", "/etc/passwd", "a\\b", "", ".hidden"}) {
    Json json = case_json();
    json.set("collateral", Json::object().set("ask", name));
    const Result<Case> c = load_case(json, load_any, {});
    ASSERT_FALSE(c.ok()) << name;
    EXPECT_EQ(c.error().reason(), "case.file_name");
  }
}

TEST(CaseProfile, RefusesToWaiveAuthenticity) {
  for (const char* name : {"signature", "chain", "root", "debug", "simulated"}) {
    Json json = case_json();
    json.set("waive", Json::array().push(name));
    const Result<Case> c = load_case(json, load_any, {});
    ASSERT_FALSE(c.ok()) << name;
    EXPECT_EQ(c.error().reason(), "case.waive");
  }
}

TEST(CaseProfile, AcceptsAuthenticEvidence) {
  const CaseVerdict verdict = judge_case(authentic(), plain_case());
  EXPECT_TRUE(verdict.accepted);
  EXPECT_EQ(verdict.exit_code, 0);
  EXPECT_EQ(verdict.factors.find("nonce")->status, FactorStatus::kNotAttested);
}

TEST(CaseProfile, AnEventLogMayBeAbsentAndNothingElse) {
  for (const std::string id : {"event-log", "another"}) {
    Verification v = authentic();
    v.factors.add({id, FactorStatus::kNotAttested, {}, {}, {}, {}});
    EXPECT_EQ(judge_case(v, plain_case()).accepted, id == "event-log");
  }
}

TEST(CaseProfile, RefusesWithoutVerifiedClaims) {
  Verification v = authentic();
  v.claims.reset();
  const CaseVerdict verdict = judge_case(v, plain_case());
  EXPECT_FALSE(verdict.accepted);
  EXPECT_EQ(verdict.exit_code, 10);
  v.malformed = true;
  EXPECT_EQ(judge_case(v, plain_case()).exit_code, 30);
  v.malformed = false;
  v.unsupported = true;
  EXPECT_EQ(judge_case(v, plain_case()).exit_code, 20);
}

TEST(CaseProfile, WaivesOnlyWhatIsNamed) {
  Verification v = authentic();
  v.factors.fail("revocation", "snp.crl.missing", "", "", "");
  EXPECT_FALSE(judge_case(v, plain_case()).accepted);
  const CaseVerdict verdict = judge_case(v, plain_case({"revocation"}));
  EXPECT_TRUE(verdict.accepted);
  EXPECT_EQ(verdict.factors.find("revocation")->status, FactorStatus::kWaived);
  v.factors.fail("debug", "snp.debug.enabled", "", "", "");
  EXPECT_FALSE(judge_case(v, plain_case({"revocation"})).accepted);
}

TEST(CaseProfile, AWaiverDoesNotUnsayARevocation) {
  Verification v = authentic();
  v.factors.fail("revocation", "snp.crl.revoked", "", "", "");
  EXPECT_FALSE(judge_case(v, plain_case({"revocation"})).accepted);
}

TEST(CaseProfile, RunsWithoutFloors) {
  Verification v = authentic();
  v.factors.fail("attributes", "tdx.attributes.sept_ve_disable", "", "", "");
  v.factors.fail("collateral-current", "collateral.no_floor_source", "", "", "");
  const CaseVerdict verdict = judge_case(v, plain_case());
  EXPECT_TRUE(verdict.accepted);
  EXPECT_EQ(verdict.factors.find("collateral-current")->advice, "--case runs without floors");
}

TEST(CaseProfile, AFactorNotReachedRefuses) {
  Verification v = authentic();
  v.factors.not_reached({"debug"});
  EXPECT_FALSE(judge_case(v, plain_case()).accepted);
}

TEST(CaseProfile, ADemandedNonceMustBeTheWholeReportData) {
  Case c = plain_case();
  std::string all;
  for (int i = 0; i < 64; ++i) {
    all += "07";
  }
  c.expected = Json::object().set("nonce_hex", all);
  EXPECT_TRUE(judge_case(authentic(), c).accepted);
  for (const std::string& other : {all.substr(2), std::string("zz"), std::string(128, '0')}) {
    c.expected = Json::object().set("nonce_hex", other);
    const CaseVerdict verdict = judge_case(authentic(), c);
    EXPECT_FALSE(verdict.accepted) << other;
    EXPECT_EQ(verdict.factors.find("nonce")->reason, "case.nonce");
  }
}

TEST(CaseProfile, ADemandNobodyAnswersRefuses) {
  Case c = plain_case();
  c.expected = Json::object().set("audience", "x").set("issuer", "y");
  const CaseVerdict verdict = judge_case(authentic(), c);
  EXPECT_FALSE(verdict.accepted);
  ASSERT_NE(verdict.factors.find("expected"), nullptr);
  EXPECT_EQ(verdict.factors.find("expected")->reason, "case.expected");
}

}  // namespace
}  // namespace claustrum::evidence
