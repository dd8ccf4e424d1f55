// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/collateral.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

struct CollateralTest : ::testing::Test {
  Scene scene{QuoteForm::kTdV4, tdx::verify};

  void expect_signature_fault(std::string_view reason) {
    const Verification v = scene.run();
    expect_judged(v, "collateral-signature", reason);
    // What is not Intel's gives no status, and no waiver of "tcb" helps.
    EXPECT_EQ(v.factors.find("tcb")->status, FactorStatus::kNotReached);
    EXPECT_FALSE((*v.claims)->standing.has_value());
  }
  void expect_good() { expect_judged(scene.run(), "simulated", "simulated.no_protection"); }
  void forget(const DocumentKind& kind) {
    for (const std::string_view name : {kind.name, kind.signature, kind.issuer_chain}) {
      scene.collateral.erase(std::string(name));
    }
  }
  std::string answer(const DocumentKind& kind, std::string_view between = "") const {
    const auto text = [this](std::string_view name) {
      return std::string(as_text(scene.collateral.find(name)->second));
    };
    return "{\"" + std::string(kind.member) + "\":" + std::string(between) + text(kind.name) +
           std::string(between) + ",\"signature\":\"" + text(kind.signature) + "\"}";
  }
};

TEST_F(CollateralTest, TheSignerIsTheTcbSignerByName) {
  crypto::CertificateSpec spec = scene.authority.spec(Signer::kTcbSigning);
  spec.subject = simulator::simulated_name("Intel SGX PCK Certificate");
  scene.reissue(Signer::kTcbSigning, spec);
  expect_signature_fault("dcap.collateral.signer_name");
}

TEST_F(CollateralTest, TheSignerIsNoCa) {
  crypto::CertificateSpec spec = scene.authority.spec(Signer::kTcbSigning);
  spec.ca = true;
  scene.reissue(Signer::kTcbSigning, spec);
  expect_signature_fault("dcap.collateral.signer_usage");
}

TEST_F(CollateralTest, TheSignerHasNoUnknownCriticalExtension) {
  crypto::CertificateSpec spec = scene.authority.spec(Signer::kTcbSigning);
  spec.extensions.push_back({"1.2.3.4", true, Bytes{0x05, 0x00}});
  scene.reissue(Signer::kTcbSigning, spec);
  expect_signature_fault("dcap.collateral.critical");
}

TEST_F(CollateralTest, TheSignerIsUnderTheQuotesRoot) {
  scene.reissue(Signer::kTcbSigning, scene.authority.spec(Signer::kTcbSigning),
                Signer::kProcessorCa);
  expect_signature_fault("dcap.collateral.signer");
}

TEST_F(CollateralTest, AForeignAuthoritysDocumentsAreRefused) {
  const auto foreign =
      simulator::make_intel_collateral(foreign_authority(), scene.documents).value();
  for (const char* name : {"tcb_info", "tcb_info_signature", "tcb_info_issuer_chain"}) {
    scene.collateral[name] = foreign.at(name);
  }
  expect_signature_fault("dcap.collateral.signer");
}

TEST_F(CollateralTest, EveryByteOfADocumentIsSigned) {
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    const Collateral good = scene.collateral;
    Bytes& document = scene.collateral.find(kind.name)->second;
    for (std::size_t at = 1; at < document.size(); at += 97) {
      document[at] ^= 1;
      expect_signature_fault("dcap.collateral.signature");
      document[at] ^= 1;
    }
    document.push_back('\n');
    expect_signature_fault("dcap.collateral.signature");
    scene.collateral = good;
  }
}

TEST_F(CollateralTest, ASignatureThatIsNotThereIsNotPassedOver) {
  const Collateral good = scene.collateral;
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    scene.collateral.erase(std::string(kind.signature));
    expect_signature_fault("dcap.collateral.unsigned");
    scene.collateral = good;
    scene.collateral.erase(std::string(kind.issuer_chain));
    expect_signature_fault("dcap.collateral.no_issuer_chain");
    scene.collateral = good;
    scene.collateral.find(kind.signature)->second = to_bytes("00");
    expect_signature_fault("dcap.collateral.signature_form");
    scene.collateral.find(kind.signature)->second = to_bytes(std::string(128, '0'));
    expect_signature_fault("dcap.collateral.signature");
    scene.collateral = good;
    scene.collateral.find(kind.issuer_chain)->second = to_bytes("no PEM");
    expect_signature_fault("dcap.collateral.issuer_chain");
    scene.collateral.find(kind.issuer_chain)->second =
        simulator::pem_chain({scene.authority.certificate(Signer::kRoot)});
    expect_signature_fault("dcap.collateral.issuer_chain");
    scene.collateral = good;
  }
}

TEST_F(CollateralTest, ASignedDocumentThatCannotBeReadIsAtFault) {
  scene.sign_document("tcb_info", codec::Json::object().set("id", "TDX").set("version", 4));
  expect_signature_fault("dcap.tcb_info_version");
  scene.rebuild();
  scene.sign_document("qe_identity", codec::Json::object());
  expect_signature_fault("dcap.qe_identity");
}

// Refused by size alone, though signed: hashing and copying cost what the sender wishes.
TEST_F(CollateralTest, ADocumentBeyondItsLimitIsNotLookedAt) {
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    scene.rebuild();
    const codec::Json document =
        codec::parse_json(scene.collateral.find(kind.name)->second).value();
    const std::size_t rest = kMaxTcbInfoLen - codec::to_json(document).size();
    const std::size_t member = std::string_view(",\"x\":\"\"").size();
    codec::Json fits = document;
    scene.sign_document(std::string(kind.name).c_str(),
                        fits.set("x", std::string(rest - member, ' ')));
    EXPECT_EQ(scene.collateral.find(kind.name)->second.size(), kMaxTcbInfoLen);
    expect_good();
    codec::Json larger = document;
    scene.sign_document(std::string(kind.name).c_str(),
                        larger.set("x", std::string(rest - member + 1, ' ')));
    expect_signature_fault("dcap.collateral.size");
  }
}

// Whoever signs one document signs the other; one that does not is noticed.
TEST_F(CollateralTest, TheSecondDocumentsSignerIsJudgedByItself) {
  const auto foreign =
      simulator::make_intel_collateral(foreign_authority(), scene.documents).value();
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    scene.rebuild();
    for (const std::string_view name : {kind.name, kind.signature, kind.issuer_chain}) {
      scene.collateral[std::string(name)] = foreign.find(name)->second;
    }
    expect_signature_fault("dcap.collateral.signer");
    // Under the first one's chain its signature is another key's.
    scene.collateral[std::string(kind.issuer_chain)] =
        scene.authority.issuer_chain(Signer::kTcbSigning);
    expect_signature_fault("dcap.collateral.signature");
  }
}

TEST_F(CollateralTest, TakesTheServicesWholeAnswer) {
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    for (const char* between : {"", " ", "\n\t"}) {
      scene.rebuild();
      scene.collateral.find(kind.name)->second = to_bytes(answer(kind, between));
      scene.collateral.erase(std::string(kind.signature));
      expect_good();
    }
  }
}

TEST_F(CollateralTest, TheAnswersOwnSignatureCounts) {
  std::string text = answer(kTcbInfoKind);
  const std::size_t at = text.rfind('"') - 1;
  text[at] = text[at] == '0' ? '1' : '0';
  scene.collateral["tcb_info"] = to_bytes(text);
  expect_signature_fault("dcap.collateral.signature");
}

TEST_F(CollateralTest, AnAnswerHasTwoMembersAndNoOther) {
  for (const std::string& bad :
       {std::string("{\"tcbInfo\":{}}"), std::string("{\"tcbInfo\":1,\"signature\":\"00\"}"),
        std::string("{\"tcbInfo\":{},\"signature\":\"00\",\"x\":1}"),
        std::string("{\"tcbInfo\":{},\"signature\":"), std::string("{\"signature\":\"00\"}"),
        std::string("{\"tcbInfo\":{},\"tcbInfo\":{},\"signature\":\"00\"}")}) {
    scene.collateral["tcb_info"] = to_bytes(bad);
    expect_signature_fault("dcap.collateral.answer");
  }
}

TEST(ApiAnswer, TheInnerBytesAreThoseReceived) {
  const std::string inner = "{ \"a\" : [1, \"}\\\"\"] , \"b\":{\"c\":\"]\"} }";
  for (const std::string& text : {"{\"tcbInfo\":" + inner + ",\"signature\":\"00\"}",
                                  " {\"signature\" : \"00\", \"tcbInfo\" :\n" + inner + " }\n"}) {
    ASSERT_TRUE(looks_like_api_answer(as_bytes(text), "tcbInfo"));
    const auto split = split_api_answer(as_bytes(text), "tcbInfo");
    ASSERT_TRUE(split.ok());
    EXPECT_EQ(as_text(split->json), inner);
    EXPECT_EQ(split->signature, "00");
  }
  EXPECT_FALSE(looks_like_api_answer(as_bytes("{\"id\":\"TDX\"}"), "tcbInfo"));
  EXPECT_FALSE(looks_like_api_answer({}, "tcbInfo"));
}

TEST_F(CollateralTest, DocumentsCountInsideTheirDatesOnly) {
  const simulator::IntelCollateralSpec good = scene.documents;
  const auto expect = [this](std::string_view reason) {
    scene.rebuild();
    const Verification v = scene.run();
    expect_judged(v, "collateral-validity", reason);
    // A status is still told, for whoever reads the verdict.
    EXPECT_EQ(v.factors.find("tcb")->status, FactorStatus::kPass);
  };
  scene.documents.tcb_info.issue_date = kNow + 1;
  expect("dcap.collateral.not_yet_valid");
  scene.documents = good;
  scene.documents.tcb_info.next_update = kNow + -1;
  expect("dcap.collateral.expired");
  scene.documents = good;
  scene.documents.qe_identity.issue_date = kNow + 1;
  expect("dcap.collateral.not_yet_valid");
  scene.documents = good;
  scene.documents.qe_identity.next_update = kNow + -1;
  expect("dcap.collateral.expired");
  scene.documents = good;
  scene.documents.tcb_info.issue_date = kNow;
  scene.documents.qe_identity.next_update = kNow;
  scene.rebuild();
  expect_good();
}

TEST_F(CollateralTest, TheSignersCertificateIsValidAtBothEnds) {
  crypto::CertificateSpec spec = scene.authority.spec(Signer::kTcbSigning);
  spec.not_after = kNow + -1;
  scene.reissue(Signer::kTcbSigning, spec);
  expect_judged(scene.run(), "collateral-validity", "dcap.validity.expired");
  spec.not_after = kNow + kDay;
  spec.not_before = kNow + 1;
  scene.reissue(Signer::kTcbSigning, spec);
  expect_judged(scene.run(), "collateral-validity", "dcap.validity.not_yet_valid");
}

TEST_F(CollateralTest, AMissingDocumentFailsTheTcbAndNothingElse) {
  for (const DocumentKind& kind : {kTcbInfoKind, kQeIdentityKind}) {
    scene.rebuild();
    forget(kind);
    const Verification v = scene.run();
    expect_judged(v, "tcb", "dcap.tcb.missing");
    EXPECT_FALSE((*v.claims)->standing.has_value());
    EXPECT_EQ((*v.claims)->details.find("tcb_status"), nullptr);
  }
  forget(kTcbInfoKind);
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find("collateral-signature")->found, "no document given");
  expect_judged(v, "tcb", "dcap.tcb.missing");
}

TEST_F(CollateralTest, WithoutAnIdentityTheEnclaveIsIntelsByItsKnownSigner) {
  forget(kQeIdentityKind);
  const SgxReportBody good = scene.quote.qe_report;
  const auto expect_unknown = [this] {
    expect_not_authentic(scene.run(), "qe-identity", "dcap.qe_identity.unknown");
  };
  scene.quote.qe_report.mr_signer[0] ^= 1;
  expect_unknown();
  scene.quote.qe_report = good;
  scene.quote.qe_report.isv_prod_id = simulator::kQeProdId;  // SGX's quoting enclave
  expect_unknown();
  for (const std::uint64_t flag : {kSgxInit, kSgxDebug, kSgxProvisionKey}) {
    scene.quote.qe_report = good;
    scene.quote.qe_report.attributes[0] ^= static_cast<std::uint8_t>(flag);
    expect_unknown();
  }
}

TEST_F(CollateralTest, TheIdentityIsThatOfThisQuotingEnclave) {
  for (const char* id : {"QE", "QVE", "QAE"}) {
    scene.documents.qe_identity.id = id;
    scene.rebuild();
    expect_not_authentic(scene.run(), "qe-identity", "dcap.qe_identity.id");
  }
}

TEST_F(CollateralTest, AnotherEnclaveCannotPoseAsTheQuotingEnclave) {
  scene.quote.qe_report.mr_signer[31] ^= 1;
  expect_not_authentic(scene.run(), "qe-identity", "dcap.qe.mr_signer");
}

TEST_F(CollateralTest, TcbInfoIsThisPlatforms) {
  scene.documents.tcb_info.fmspc[5] ^= 1;
  scene.rebuild();
  expect_judged(scene.run(), "tcb", "dcap.tcb_info.fmspc");
  scene.documents.tcb_info.fmspc[5] ^= 1;
  scene.documents.tcb_info.pce_id[1] ^= 1;
  scene.rebuild();
  expect_judged(scene.run(), "tcb", "dcap.tcb_info.pce_id");
}

TEST_F(CollateralTest, ARevokedLevelFailsAndIsNamed) {
  scene.documents.tcb_info.levels[0].status = TcbStatus::kRevoked;
  scene.rebuild();
  const Verification v = scene.run();
  expect_judged(v, "tcb", "dcap.tcb.revoked");
  ASSERT_TRUE((*v.claims)->standing.has_value());
  EXPECT_EQ((*v.claims)->standing->status, "Revoked");
}

TEST_F(CollateralTest, APlatformBelowEveryLevelHasNoStatus) {
  for (TcbLevel& level : scene.documents.tcb_info.levels) {
    level.sgx[15] = 1;  // above the platform's
  }
  scene.rebuild();
  const Verification v = scene.run();
  expect_judged(v, "tcb", "dcap.tcb.no_level");
  EXPECT_FALSE((*v.claims)->standing.has_value());
}

TEST_F(CollateralTest, ThePckCertificatesLevelsCountNotTheQuotes) {
  PckExtension older = scene.platform.pck();
  older.tcb.components[0] = static_cast<std::uint8_t>(older.tcb.components[0] - 1);
  scene.reissue_leaf(older);
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_EQ((*v.claims)->standing->status, "OutOfDate");
  EXPECT_EQ((*v.claims)->tcb.at("sgxtcbcomp01"), older.tcb.components[0]);
}

TEST_F(CollateralTest, TheLowerEvaluationNumberStands) {
  scene.documents.qe_identity.evaluation_data_number = 17;
  scene.rebuild();
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  const Claims& claims = **v.claims;
  EXPECT_EQ(claims.standing->evaluation_data_number, 17);
  EXPECT_EQ(claims.tcb.at("tcbEvaluationDataNumber"), 20);
  EXPECT_EQ(claims.details.find("qe_tcb_evaluation_data_number")->integer(), 17);
}

}  // namespace
}  // namespace claustrum::evidence::dcap
