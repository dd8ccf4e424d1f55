// SPDX-License-Identifier: Apache-2.0
// The library as an embedder sees it: everything given is accepted, anything left out or changed is
// refused for one reason, and every form of output says the same.
#include "claustrum/verify/verify.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/evidence/snp/cert_table.h"
#include "claustrum/verify/error_verdict.h"
#include "claustrum/verify/test_scene.h"

namespace claustrum::verify {
namespace {

using simulator::QuoteForm;
using test::factor;
using test::Scene;

struct VerifyLibrary : ::testing::Test {
  Scene scene = test::amd_scene();
};

codec::Json json_of(const Verdict& verdict) {
  return codec::parse_json(verdict.json()).value();
}

// Nothing could be judged.
void expect_error(const Verdict& verdict, int code, std::string_view reason) {
  EXPECT_EQ(verdict.exit_code(), code);
  EXPECT_EQ(factor(verdict, "input").reason, reason);
  EXPECT_FALSE(verdict.accepted());
  EXPECT_FALSE(verdict.simulated());
  EXPECT_TRUE(verdict.platform().empty());
  ASSERT_TRUE(verdict.judgement().error.has_value());
  EXPECT_EQ(verdict.text(), verdict.judgement().error->message() + "\n");
  EXPECT_EQ(*json_of(verdict).string_at("verdict"), verdict.word());
}

TEST_F(VerifyLibrary, AcceptsWhatItsPolicyTakes) {
  const Verdict verdict = scene.run();
  EXPECT_TRUE(verdict.accepted()) << verdict.text();
  EXPECT_EQ(verdict.exit_code(), 0);
  EXPECT_EQ(verdict.word(), "accepted");
  EXPECT_EQ(verdict.platform(), "amd-sev-snp");
  EXPECT_EQ(verdict.container(), "raw");
  EXPECT_EQ(factor(verdict, "nonce").status, "pass");
  EXPECT_EQ(factor(verdict, "simulated").status, "waived");
  EXPECT_NE(verdict.judgement().appraisal, std::nullopt);
}

TEST_F(VerifyLibrary, SimulatedRootsAreShownEverywhere) {
  const Verdict verdict = scene.run();
  EXPECT_TRUE(verdict.simulated());
  EXPECT_NE(verdict.text().find("SIMULATED: NO PROTECTION"), std::string::npos);
  EXPECT_TRUE(json_of(verdict).find("simulated")->boolean());
}

TEST_F(VerifyLibrary, EveryFormOfAVerdictSaysTheSame) {
  for (const bool good : {true, false}) {
    scene.report_data[0] = good ? 0x5a : 0;
    const Verdict verdict = scene.run();
    const codec::Json json = json_of(verdict);
    EXPECT_EQ(*json.string_at("verdict"), verdict.word());
    EXPECT_EQ(*json.string_at("platform"), verdict.platform());
    EXPECT_EQ(*json.string_at("time"), format_rfc3339(test::kSimNow));
    const auto factors = json.array_at("factors").value();
    const auto list = verdict.factors();
    ASSERT_EQ(factors.items().size(), list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(*factors.items()[i].string_at("id"), list[i].id);
      EXPECT_EQ(*factors.items()[i].string_at("status"), list[i].status);
      if (list[i].status == "fail") {
        EXPECT_NE(verdict.text().find(list[i].reason), std::string::npos);
      }
    }
    EXPECT_EQ(verdict.text().find('\x1b'), std::string::npos);
    EXPECT_NE(verdict.text(Style::kColour).find('\x1b'), std::string::npos);
  }
}

TEST_F(VerifyLibrary, TheSameInputGivesTheSameVerdict) {
  EXPECT_EQ(scene.run().json(), scene.run().json());
}

TEST_F(VerifyLibrary, AnEmptyInputIsRefused) {
  expect_error(verify(Input{}), 30, "verify.unrecognised");
}

TEST_F(VerifyLibrary, WithoutAPolicyNothingIsAccepted) {
  scene.input.evidence = scene.evidence;
  scene.input.time = test::kSimNow.seconds;
  const Verdict verdict = verify(scene.input);
  EXPECT_EQ(verdict.exit_code(), 10);
  EXPECT_EQ(factor(verdict, "policy").reason, "policy.none");
  EXPECT_EQ(factor(verdict, "nonce").status, "not-attested");
  EXPECT_EQ(verdict.judgement().appraisal, std::nullopt);
}

TEST_F(VerifyLibrary, WithoutATimeNothingIsAccepted) {
  scene.run();
  scene.input.time = 0;
  EXPECT_EQ(factor(verify(scene.input), "validity").status, "fail");
}

TEST_F(VerifyLibrary, ReportDataIsComparedWhole) {
  for (const Bytes& wanted : {Bytes(64, 0x5b), Bytes(63, 0x5a), Bytes(65, 0x5a), Bytes()}) {
    scene.report_data = wanted;
    const Verdict verdict = scene.run();
    EXPECT_EQ(verdict.exit_code(), 10);
    EXPECT_EQ(factor(verdict, "nonce").reason, "verify.report_data");
    EXPECT_EQ(factor(verdict, "nonce").found, codec::hex_encode(Bytes(64, 0x5a)));
  }
}

TEST_F(VerifyLibrary, ReportDataNobodyDemandedIsSaidToBeMissing) {
  scene.run();
  scene.input.report_data.reset();
  EXPECT_EQ(factor(verify(scene.input), "nonce").status, "not-attested");
}

TEST_F(VerifyLibrary, InitDataIsPartOfWhatIsJudged) {
  scene.init_data.push_back('\n');
  EXPECT_EQ(scene.run().exit_code(), 10);
  scene.run();
  scene.input.init_data.reset();
  EXPECT_EQ(verify(scene.input).exit_code(), 10);
}

TEST_F(VerifyLibrary, FloorsAreThePolicys) {
  const std::size_t waiver = scene.policy.rfind("[[waive]]");
  scene.policy.resize(waiver);
  EXPECT_EQ(factor(scene.run(), "collateral-current").status, "fail");
  const auto root = codec::hex_encode(simulator::sim_authority().root().spki_sha256);
  scene.policy +=
      "[[floor]]\nissuer = \"" + root + "\"\ncrl-this-update = \"2026-01-01T00:00:00Z\"\n";
  EXPECT_TRUE(scene.run().accepted()) << scene.run().text();
  scene.input.floors = false;
  EXPECT_EQ(factor(scene.run(), "collateral-current").status, "fail");
}

TEST_F(VerifyLibrary, APolicyThatDoesNotParseIsAnError) {
  scene.policy = "version = 1\nname = \"x\"\nunknown = true\n";
  expect_error(scene.run(), 30, "policy.unknown_member");
  scene.policy = "version = 9\n";
  expect_error(scene.run(), 20, "policy.version");
}

TEST_F(VerifyLibrary, UnknownPlatformsAreUnsupported) {
  scene.input.platform = "vax";
  expect_error(scene.run(), 20, "verify.platform");
}

TEST_F(VerifyLibrary, APlatformByNameIsNotGuessed) {
  scene.input.platform = "intel-tdx";
  const Verdict verdict = scene.run();
  EXPECT_EQ(verdict.platform(), "intel-tdx");
  EXPECT_FALSE(verdict.accepted());
}

TEST_F(VerifyLibrary, OpensContainersAndSaysWhich) {
  const Bytes raw = scene.evidence;
  scene.evidence = to_bytes(codec::hex_encode(raw));
  EXPECT_TRUE(scene.run().accepted());
  EXPECT_EQ(scene.run().container(), "hex");
  scene.evidence = to_bytes("{\"quote\":\"" + codec::base64_encode(raw) + "\"}");
  EXPECT_TRUE(scene.run().accepted());
  EXPECT_EQ(scene.run().container(), "JSON member quote, base64");
  scene.evidence = to_bytes("no evidence");
  expect_error(scene.run(), 30, "envelope.text");
}

TEST_F(VerifyLibrary, EveryPieceHasALimit) {
  const Bytes large(kMaxInputLen + 1);
  const std::string text(kMaxInputLen + 1, ' ');
  Scene other = scene;
  other.evidence = large;
  expect_error(other.run(), 30, "verify.size");
  other = scene;
  other.policy = text;
  expect_error(other.run(), 30, "verify.size");
  other = scene;
  other.init_data = large;
  expect_error(other.run(), 30, "verify.size");
  other = scene;
  other.input.collateral["something"] = large;
  expect_error(other.run(), 30, "verify.size");
}

TEST_F(VerifyLibrary, WhatIsNotAuthenticIsShownApart) {
  scene.evidence[700] ^= 1;
  const Verdict verdict = scene.run();
  EXPECT_FALSE(verdict.accepted());
  EXPECT_EQ(factor(verdict, "signature").status, "fail");
  EXPECT_TRUE(json_of(verdict).find("claims")->is_null());
  EXPECT_NE(json_of(verdict).find("unverified_claims"), nullptr);
  scene.input.policy.reset();
  EXPECT_NE(json_of(verify(scene.input)).find("unverified_claims"), nullptr);
}

TEST_F(VerifyLibrary, TruncatedEvidenceEndsInACleanRefusal) {
  const Bytes whole = scene.evidence;
  for (std::size_t length = 0; length < whole.size(); length += 37) {
    scene.evidence = Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(scene.run().accepted()) << length;
  }
}

TEST_F(VerifyLibrary, VerifiesIntelsQuotesAlike) {
  for (const auto& [form, platform] :
       {std::pair(QuoteForm::kSgxV3, "intel-sgx"), std::pair(QuoteForm::kTdV4, "intel-tdx"),
        std::pair(QuoteForm::kTd15V5, "intel-tdx")}) {
    Scene intel = test::intel_scene(form);
    const Verdict verdict = intel.run();
    EXPECT_EQ(verdict.platform(), platform);
    EXPECT_FALSE(verdict.accepted());
    EXPECT_EQ(factor(verdict, "signature").status, "pass") << verdict.text();
    EXPECT_EQ(factor(verdict, "nonce").status, "pass");
    EXPECT_FALSE(json_of(verdict).find("claims")->is_null());
  }
}

std::string with_log(const Scene& scene, std::string_view member, BytesView log) {
  return "{\"quote\":\"" + codec::base64_encode(scene.evidence) + "\",\"" + std::string(member) +
         "\":\"" + codec::base64_encode(log) + "\"}";
}

TEST_F(VerifyLibrary, AnEventLogIsGivenOrComesAlong) {
  Scene td = test::intel_scene(QuoteForm::kTd15V5);
  EXPECT_EQ(factor(td.run(), "event-log").status, "not-attested");
  Scene given = td;
  given.input.collateral["event_log"] = td.event_log;
  EXPECT_EQ(factor(given.run(), "event-log").status, "pass");
  EXPECT_NE(given.run().json().find("\"kernel\""), std::string::npos);
  Scene along = td;
  along.evidence = to_bytes(with_log(td, "cc_eventlog", td.event_log));
  EXPECT_EQ(factor(along.run(), "event-log").status, "pass");
  // The caller's own log is the one that counts, under either name.
  for (const char* name : {"event_log", "ccel", "aa_event_log"}) {
    Scene both = along;
    both.input.collateral[name] = Bytes{1};
    EXPECT_EQ(factor(both.run(), "event-log").status, "fail") << name;
  }
  const std::string init = "INIT sha384/" + std::string(96, '0') + "\nx y z\n";
  along.evidence = to_bytes(with_log(td, "aa_eventlog", as_bytes(init)));
  EXPECT_EQ(factor(along.run(), "event-log").reason, "tdx.event_log.register");
}

TEST_F(VerifyLibrary, CertificatesThatCameAlongAreUsed) {
  const auto take = [this](const char* name) {
    return scene.input.collateral.extract(name).mapped();
  };
  const Bytes table = evidence::snp::encode_cert_table(
      {{evidence::snp::kGuidVcek, take("vcek")}, {evidence::snp::kGuidAsk, take("ask")}});
  EXPECT_FALSE(scene.run().accepted());
  scene.evidence = to_bytes(with_log(scene, "auxblob", table));
  EXPECT_TRUE(scene.run().accepted()) << scene.run().text();
  scene.evidence = to_bytes("{\"outblob\":\"AQID\",\"auxblob\":\"AQID\"}");
  scene.input.platform = "amd-sev-snp";
  expect_error(scene.run(), 30, "snp.table.layout");
}

TEST_F(VerifyLibrary, TokensAreToldWhatTheyAre) {
  scene.evidence = to_bytes("eyJhbGciOiJFUzI1NiJ9.eyJlYXRfbm9uY2UiOiJ4In0.AAAA");
  const Verdict verdict = scene.run();
  expect_error(verdict, 20, "envelope.unsupported");
  EXPECT_NE(verdict.text().find("Entity Attestation Token"), std::string::npos);
}

struct VerifyCase : ::testing::Test {
  Scene scene = test::amd_scene();
  std::string text = R"({"platform":"amd-sev-snp","evidence":"evidence.bin","verify_at":null,)"
                     R"("collateral":{"vcek":"vcek.der","ask":"ask.der","ark":"ark.der"},)"
                     R"("expected":{"nonce_hex":")" +
                     codec::hex_encode(Bytes(64, 0x5a)) + "\"}}";

  Verdict run() {
    const evidence::CaseLoader load = [this](std::string_view name) -> Result<Bytes> {
      if (name == "evidence.bin") {
        return scene.evidence;
      }
      const auto found = scene.input.collateral.find(name.substr(0, name.find('.')));
      if (found == scene.input.collateral.end()) {
        return Error(Code::kNotFound, "file.missing", "no such file");
      }
      return found->second;
    };
    return verify_case(as_bytes(text), load, test::kSimNow);
  }
};

TEST_F(VerifyCase, NobodyTrustsASimulatedRootInACase) {
  const Verdict verdict = run();
  EXPECT_EQ(verdict.exit_code(), 10);
  EXPECT_EQ(factor(verdict, "root").status, "fail");
  EXPECT_EQ(factor(verdict, "collateral-current").status, "not-reached");
}

TEST_F(VerifyCase, InformationalMembersNestToADepth) {
  const std::string deep(40, '[');
  text.insert(1, "\"informational\":" + deep + "0.5" + std::string(40, ']') + ",");
  EXPECT_EQ(run().exit_code(), 10);
  text.insert(1, "\"more\":" + deep + deep + std::string(80, ']') + ",");
  expect_error(run(), 30, "json.depth");
}

TEST_F(VerifyCase, AVerdictAboutAnotherTimeSaysWhereTheTimeIsFrom) {
  constexpr std::string_view kSays = "); later revocation not considered\n";
  EXPECT_EQ(run().text().find(kSays), std::string::npos);
  text = policy::test::replaced(text, "null", "\"2026-01-01T00:00:00Z\"");
  EXPECT_NE(run().text().find("(case.json" + std::string(kSays)), std::string::npos);
  scene.input.time_source = "--at";
  EXPECT_NE(scene.run().text().find("(--at" + std::string(kSays)), std::string::npos);
}

TEST_F(VerifyCase, CutEvidenceIsMalformed) {
  scene.evidence.pop_back();
  EXPECT_EQ(run().exit_code(), 30);
}

TEST_F(VerifyCase, AnotherPlatformIsUnsupported) {
  text = policy::test::replaced(text, "amd-sev-snp", "vax");
  expect_error(run(), 20, "verify.platform");
}

}  // namespace
}  // namespace claustrum::verify
