// SPDX-License-Identifier: Apache-2.0
// Attacks known from other verifiers and from X.509's history, where no other test of this folder
// has them already.
#include <gtest/gtest.h>

#include "claustrum/codec/pem.h"
#include "claustrum/evidence/core/test_ecdsa.h"
#include "claustrum/evidence/dcap/chain.h"
#include "claustrum/evidence/dcap/test_documents.h"
#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

struct AttackTest : ::testing::Test {
  Scene scene{QuoteForm::kTd15V5, tdx::verify};

  void expect_good() { expect_judged(scene.run(), "simulated", "simulated.no_protection"); }
  crypto::CrlSpec crl_spec(Signer issuer) const {
    crypto::CrlSpec spec;
    spec.issuer = scene.authority.spec(issuer).subject;
    spec.this_update = scene.documents.crl_this_update;
    spec.next_update = scene.documents.crl_next_update;
    return spec;
  }
};

TEST_F(AttackTest, TheOtherSpellingOfASignatureIsTheSameWordAndNoOther) {
  const Quote good = scene.sealed();
  const Verification first = scene.run_as_is(good);
  Quote other = good;
  const auto negate = [](ByteArray<64>& signature) {
    const BytesView s = BytesView(signature).last(32);
    std::ranges::copy(negated(s, order_p256()), signature.begin() + 32);
  };
  negate(other.signature);
  negate(other.qe_report_signature);
  const Verification second = scene.run_as_is(other);
  ASSERT_TRUE(first.claims && second.claims);
  EXPECT_EQ((*first.claims)->details, (*second.claims)->details);
  EXPECT_EQ((*first.claims)->hardware_id, (*second.claims)->hardware_id);
}

TEST_F(AttackTest, ScalarsOutsideTheOrderSignNothing) {
  const Quote good = scene.sealed();
  for (const Bytes& bad : impossible_signatures(good.signature, order_p256())) {
    Quote quote = good;
    quote.signature = to_array<64>(bad);
    expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
  }
  for (const Bytes& bad : impossible_signatures(good.qe_report_signature, order_p256())) {
    Quote quote = good;
    quote.qe_report_signature = to_array<64>(bad);
    expect_not_authentic(scene.run_as_is(quote), "qe-report", "dcap.qe_report.signature");
  }
}

TEST_F(AttackTest, KeysThatAreNoPointSignNothing) {
  const Bytes prime =
      codec::hex_decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").value();
  const Bytes zero(32);
  // The point at infinity as some write it, a coordinate at and above the field's prime.
  for (const Bytes& key : {concat({zero, zero}), concat({prime, zero}), Bytes(64, 0xff)}) {
    Quote quote = scene.sealed();
    quote.attestation_key = to_array<64>(key);
    simulator::bind_attestation_key(quote);
    simulator::sign_qe_report(quote, scene.platform.pck_key());
    expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.key");
  }
}

TEST_F(AttackTest, AQuotingEnclaveOfAnotherPlatformDoesNotSpeakForThisOne) {
  const simulator::IntelPlatform other =
      simulator::IntelPlatform::create(scene.authority, test_platform_spec()).value();
  Quote quote = other.seal(other.blank_quote(QuoteForm::kTd15V5));
  quote.certification_data = scene.quote.certification_data;
  expect_not_authentic(scene.run_as_is(quote), "qe-report", "dcap.qe_report.signature");
}

TEST_F(AttackTest, LeavesBelowAnybodyButAPckCaAreNone) {
  for (const Signer issuer : {Signer::kRoot, Signer::kTcbSigning, Signer::kProcessorCa}) {
    crypto::CertificateSpec spec = scene.platform.certificate_spec();
    spec.issuer = scene.authority.spec(issuer).subject;
    scene.reissue_leaf(spec, issuer);
    expect_not_authentic(scene.run(), "chain", "dcap.chain.signature");
  }
}

TEST_F(AttackTest, ALeafCannotIssueLeaves) {
  const std::vector<Bytes> ders = split_pem_chain(scene.platform.pck_chain()).value();
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  crypto::CertificateSpec spec = scene.platform.certificate_spec();
  spec.issuer = spec.subject;
  spec.subject = simulator::simulated_name("Intel SGX PCK Certificate of nobody");
  const Bytes forged = crypto::build_certificate(spec, key.public_key(), scene.platform.pck_key(),
                                                 crypto::SigAlg::kEcdsaP256Sha256)
                           .value();
  scene.quote.certification_data = simulator::pem_chain({forged, ders[0], ders[2]});
  EXPECT_EQ(reason_of(scene.run(), "collateral"), "dcap.chain.shape");
}

TEST_F(AttackTest, CriticalConstraintsThatNobodyEnforcesAreRefused) {
  // nameConstraints, policyConstraints, inhibitAnyPolicy, certificatePolicies, extKeyUsage.
  for (const char* oid : {"2.5.29.30", "2.5.29.36", "2.5.29.54", "2.5.29.32", "2.5.29.37"}) {
    Scene other(QuoteForm::kTdV4, tdx::verify);
    crypto::CertificateSpec spec = other.authority.spec(Signer::kPlatformCa);
    spec.extensions.push_back({oid, true, Bytes{0x30, 0x00}});
    other.reissue(Signer::kPlatformCa, spec);
    expect_not_authentic(other.run(), "chain", "dcap.chain.critical");
  }
}

TEST_F(AttackTest, TwoSgxExtensionsAreNoLeaf) {
  crypto::CertificateSpec spec = scene.platform.certificate_spec();
  PckExtension newer = scene.platform.pck();
  newer.tcb.components.fill(255);
  spec.extensions.push_back({std::string(kSgxExtensionOid), false, serialize_pck_extension(newer)});
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "collateral", "dcap.chain.certificate");
}

TEST_F(AttackTest, PemInsidePemIsNoCertificate) {
  const std::vector<Bytes> ders = split_pem_chain(scene.platform.pck_chain()).value();
  for (const char* before : {"", "0\n", "nobody reads this\n"}) {
    const Bytes nested =
        concat({as_bytes(before), as_bytes(codec::pem_encode("CERTIFICATE", ders[0]))});
    scene.quote.certification_data = simulator::pem_chain({nested, ders[1], ders[2]});
    expect_not_authentic(scene.run(), "collateral", "dcap.chain.certificate");
  }
}

TEST_F(AttackTest, ListsThatSayLessThanAllAreNone) {
  // deltaCRLIndicator, issuingDistributionPoint; critical by the standard, ignored by who is not.
  for (const char* oid : {"2.5.29.27", "2.5.29.28"}) {
    for (const bool critical : {true, false}) {
      crypto::CrlSpec spec = crl_spec(Signer::kPlatformCa);
      spec.extensions = {{oid, critical, Bytes{0x02, 0x01, 0x01}}};
      scene.set("pck_crl", crypto::build_crl(spec, scene.authority.key(Signer::kPlatformCa),
                                             crypto::SigAlg::kEcdsaP256Sha256));
      EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.malformed");
      scene.rebuild();
    }
  }
  expect_good();
}

TEST_F(AttackTest, AListNamedAfterItsIssuerButOfAnotherKeyIsNone) {
  crypto::CrlSpec spec = crl_spec(Signer::kPlatformCa);
  scene.set("pck_crl", crypto::build_crl(spec, scene.authority.key(Signer::kRoot),
                                         crypto::SigAlg::kEcdsaP256Sha256));
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.signature");
}

TEST_F(AttackTest, APckCaThatMayNotSignListsHasNone) {
  crypto::CertificateSpec spec = scene.authority.spec(Signer::kPlatformCa);
  for (crypto::CertificateExtension& extension : spec.extensions) {
    if (extension.oid == "2.5.29.15") {
      extension.value = {0x03, 0x02, 0x02, 0x04};  // keyCertSign only
    }
  }
  scene.reissue(Signer::kPlatformCa, spec);
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.signature");
}

TEST_F(AttackTest, ADocumentInTheOthersPlaceIsNotRead) {
  for (const char* ending : {"", "_signature", "_issuer_chain"}) {
    std::swap(scene.collateral["tcb_info" + std::string(ending)],
              scene.collateral["qe_identity" + std::string(ending)]);
  }
  const Verification v = scene.run();
  EXPECT_NE(reason_of(v, "collateral-signature"), "");
  EXPECT_NE(reason_of(v, "collateral-signature"), "dcap.collateral.signature");
  EXPECT_EQ(v.factors.find("tcb")->status, FactorStatus::kNotReached);
}

TEST_F(AttackTest, AMemberThatIsThereTwiceIsNotRead) {
  for (const char* name : {"tcb_info", "qe_identity"}) {
    std::string text(as_text(scene.collateral.find(name)->second));
    // The second spelled with an escape: one name to JSON, two to whoever compares text.
    text.insert(1, "\"tcb\\u004cevels\":[],");
    simulator::sign_document(scene.collateral, name, to_bytes(text),
                             scene.authority.key(Signer::kTcbSigning));
    EXPECT_EQ(reason_of(scene.run(), "collateral-signature"), "dcap." + std::string(name));
    scene.rebuild();
  }
}

TEST_F(AttackTest, AnotherPlatformsUpToDateListIsNotThisOnes) {
  // The whole collateral of a platform that is up to date, validly signed, for one that is not.
  PckExtension old = scene.platform.pck();
  old.tcb.components.fill(0);
  old.tcb.pce_svn = 0;
  scene.reissue_leaf(old);
  EXPECT_EQ(reason_of(scene.run(), "tcb"), "dcap.tcb.no_level");
  scene.documents.tcb_info.levels.resize(1);
  scene.documents.tcb_info.levels[0].sgx.fill(0);
  scene.documents.tcb_info.levels[0].pce_svn = 0;
  scene.documents.tcb_info.fmspc[0] ^= 1;
  scene.rebuild();
  expect_judged(scene.run(), "tcb", "dcap.tcb_info.fmspc");
}

TEST_F(AttackTest, AModuleOfAnotherMajorVersionHasNoLevelOfThisOne) {
  scene.td().tee_tcb_svn[1] = 9;
  expect_judged(scene.run(), "tcb", "dcap.module.unknown");
  scene.td().tee_tcb_svn[1] = simulator::kTeeTcbSvn[1];
  scene.td().td15->tee_tcb_svn_2[1] = 9;
  expect_judged(scene.run(), "tcb", "dcap.module.unknown");
}

}  // namespace
}  // namespace claustrum::evidence::dcap
