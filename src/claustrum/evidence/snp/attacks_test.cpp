// SPDX-License-Identifier: Apache-2.0
// Attacks known from other verifiers and from X.509's history, where no other test of this folder
// has them already.
#include <gtest/gtest.h>

#include "claustrum/evidence/core/test_ecdsa.h"
#include "claustrum/evidence/snp/test_scene.h"

namespace claustrum::evidence::snp {
namespace {

using Signer = simulator::AmdAuthority::Signer;

constexpr std::size_t kRAt = 0x2A0;
constexpr std::size_t kSAt = 0x2E8;
constexpr std::size_t kScalarLen = 48;

Bytes with_signature(Bytes report, BytesView raw) {
  for (std::size_t i = 0; i < kScalarLen; ++i) {  // little-endian in the report
    report[kRAt + i] = raw[kScalarLen - 1 - i];
    report[kSAt + i] = raw[2 * kScalarLen - 1 - i];
  }
  return report;
}

simulator::AmdMachineSpec vlek_spec() {
  simulator::AmdMachineSpec spec = test_machine_spec();
  spec.kind = LeafKind::kVlek;
  return spec;
}

TEST(SnpAttack, TheOtherSpellingOfASignatureIsTheSameWordAndNoOther) {
  const Scene scene;
  const Bytes report = scene.machine.sign(scene.report);
  const ByteArray<96> raw = parse_report(report)->signature;
  const BytesView r = BytesView(raw).first(kScalarLen);
  const BytesView s = BytesView(raw).last(kScalarLen);
  const Bytes other = with_signature(report, concat({r, negated(s, order_p384())}));
  ASSERT_NE(other, report);
  const Verification first = scene.run_raw(report);
  const Verification second = scene.run_raw(other);
  ASSERT_TRUE(first.claims && second.claims);
  EXPECT_EQ((*first.claims)->details, (*second.claims)->details);
}

TEST(SnpAttack, ScalarsOutsideTheOrderSignNothing) {
  const Scene scene;
  const Bytes report = scene.machine.sign(scene.report);
  const ByteArray<96> raw = parse_report(report)->signature;
  for (const Bytes& bad : impossible_signatures(raw, order_p384())) {
    expect_not_authentic(scene.run_raw(with_signature(report, bad)), "signature",
                         "snp.signature.invalid");
  }
}

TEST(SnpAttack, AScalarThatGoesOnBehindItsSignificantBytesIsMalformed) {
  const Scene scene;
  const Bytes report = scene.machine.sign(scene.report);
  for (const std::size_t at : {kRAt + kScalarLen, kSAt + kScalarLen, kReportLen - 1}) {
    Bytes longer = report;
    longer[at] = 1;
    EXPECT_EQ(reason_of(scene.run_raw(longer), "format"), "snp.report.layout");
  }
}

TEST(SnpAttack, AVlekUnderTheIntermediateOfVceksIsNone) {
  Scene scene("Milan", vlek_spec());
  scene.reissue_leaf(simulator::vek_certificate(scene.machine.vek()), Signer::kAsk);
  scene.collateral["asvk"] = scene.authority.certificate(Signer::kAsk);
  expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_name");
}

TEST(SnpAttack, AVcekCalledVlekIsHeldToWhatAVlekIs) {
  // The cloud that holds VLEKs must not pass off a chip's key, nor a chip's host a cloud's.
  Scene scene;
  crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
  spec.subject = simulator::simulated_name("SEV-VLEK");
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_name");
}

TEST(SnpAttack, AKeyOfAnotherProductLineDoesNotSpeakForThisOne) {
  // A Milan report that says Genoa, and the Genoa authority's names above a Milan chip's key.
  Scene scene("Genoa");
  Scene other("Milan");
  scene.report = other.report;
  expect_not_authentic(other.run_raw(scene.machine.sign(scene.report)), "signature",
                       "snp.signature.invalid");
  other.report.cpuid_family = 0x19;
  other.report.cpuid_model = 0xA0;
  expect_not_authentic(other.run(), "product", "snp.product.mismatch");
  other.collateral["ark"] = scene.collateral["ark"];
  other.roots.push_back(scene.authority.root());
  expect_not_authentic(other.run(), "chain", "snp.chain.signature");
  other.collateral["ask"] = scene.collateral["ask"];
  expect_not_authentic(other.run(), "chain", "snp.chain.signature");
}

TEST(SnpAttack, AnIntermediateOfAnotherProductLineIsNotThisOnes) {
  Scene scene;
  crypto::CertificateSpec spec;
  spec.subject = simulator::simulated_name("SEV-Genoa");
  spec.serial = scene.authority.serial(Signer::kAsk);
  spec.not_before = kNow + -1000 * kDay;
  spec.not_after = kNow + 9000 * kDay;
  spec.ca = true;
  scene.set("ask", scene.authority.issue(Signer::kArk, spec,
                                         key_in(scene.authority.certificate(Signer::kAsk))));
  expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_name");
}

TEST(SnpAttack, ALeafIsNoCa) {
  Scene scene;
  crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
  spec.ca = true;
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "chain", "snp.chain.leaf_ca");
}

TEST(SnpAttack, TwoChipsInOneCertificateAreNone) {
  Scene scene;
  crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
  spec.extensions.push_back({"1.3.6.1.4.1.3704.1.4", false, Bytes(64, 9)});
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "collateral", "snp.collateral.malformed");
}

TEST(SnpAttack, CriticalConstraintsThatNobodyEnforcesAreRefused) {
  // nameConstraints, policyConstraints, inhibitAnyPolicy, extKeyUsage.
  for (const char* oid : {"2.5.29.30", "2.5.29.36", "2.5.29.54", "2.5.29.37"}) {
    Scene scene;
    crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
    spec.extensions.push_back({oid, true, Bytes{0x30, 0x00}});
    scene.reissue_leaf(spec);
    expect_not_authentic(scene.run(), "chain", "snp.chain.critical");
  }
}

TEST(SnpAttack, AMaskedChipIdDoesNotMatchAnEmptyOne) {
  // HWID all zero would equal a masked CHIP_ID.
  Scene scene;
  simulator::VekSpec vek = scene.machine.vek();
  vek.hwid = Bytes(64, 0);
  scene.reissue_vek(vek);
  scene.report.chip_id = {};
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.masked");
}

TEST(SnpAttack, AReportOfAnEarlierVersionHidesNoFieldsOfALaterOne) {
  for (const std::uint32_t version : {2U, 4U}) {
    Scene scene;
    scene.report.version = version;
    Bytes raw = encode_report(scene.report);
    raw[version == 2 ? 0x188 : 0x1F8] = 1;  // CPUID; mitigation vector
    EXPECT_EQ(reason_of(scene.run_raw(scene.machine.sign_raw(raw)), "format"), "snp.report.layout");
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp
