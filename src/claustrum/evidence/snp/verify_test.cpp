// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/verify.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/snp/test_scene.h"

namespace claustrum::evidence::snp {
namespace {

simulator::AmdMachineSpec vlek_spec() {
  simulator::AmdMachineSpec spec = test_machine_spec();
  spec.kind = LeafKind::kVlek;
  return spec;
}

TEST(SnpVerify, AcceptsEveryVersionAndProduct) {
  for (const char* product : {"Milan", "Genoa", "Turin"}) {
    for (std::uint32_t version = kMinVersion; version <= kMaxVersion; ++version) {
      simulator::AmdMachineSpec spec = test_machine_spec();
      spec.report_version = version;
      spec.tcb = {.fmc = static_cast<std::uint8_t>(product == std::string("Turin")),
                  .bootloader = 4,
                  .tee = 1,
                  .snp = 24,
                  .microcode = 219};
      const Scene scene(product, spec);
      const Verification v = scene.run();
      expect_judged(v, "simulated", "simulated.no_protection");
      ASSERT_TRUE(v.claims.has_value()) << product << version;
      EXPECT_EQ((*v.claims)->product, product);
      EXPECT_TRUE((*v.claims)->simulated);
      EXPECT_EQ((*v.claims)->tcb.at("microcode"), 219);
      EXPECT_EQ((*v.claims)->tcb.contains("fmc"), product == std::string("Turin"));
      EXPECT_EQ((*v.claims)->hardware_id.size(), product == std::string("Turin") ? 8U : 64U);
    }
  }
}

TEST(SnpVerify, AcceptsAVlekAndNamesItsCloud) {
  const Scene scene("Milan", vlek_spec());
  const Verification v = scene.run();
  expect_judged(v, "simulated", "simulated.no_protection");
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_EQ((*v.claims)->provider, "CN=cc-simulated.example");
  EXPECT_TRUE((*v.claims)->hardware_id.empty());
}

TEST(SnpVerify, TakesTheAsvkFromTheAskSlotOfHostTables) {
  Scene scene("Milan", vlek_spec());
  scene.collateral["ask"] = scene.collateral["asvk"];
  scene.collateral.erase("asvk");
  EXPECT_TRUE(scene.run().claims.has_value());
}

TEST(SnpVerify, TakesTheLeafThatSigningKeyNamesWhenBothAreThere) {
  Scene scene;
  const Scene other("Milan", vlek_spec());
  scene.collateral["vlek"] = other.collateral.at("vlek");
  scene.collateral["asvk"] = other.collateral.at("asvk");
  EXPECT_TRUE(scene.run().claims.has_value());
}

TEST(SnpVerify, ARootNamedAsRealIsNotCalledSimulated) {
  Scene scene;
  scene.roots[0].simulated = false;
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find("simulated")->status, FactorStatus::kPass);
  EXPECT_FALSE((*v.claims)->simulated);
}

TEST(SnpVerify, ClaimsAreTheReports) {
  Scene scene;
  scene.report.measurement.fill(1);
  scene.report.report_data.fill(2);
  scene.report.host_data.fill(3);
  scene.report.vmpl = 2;
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  const Claims& claims = **v.claims;
  EXPECT_EQ(claims.platform, "amd-sev-snp");
  EXPECT_EQ(claims.measurements.at("measurement"), Bytes(48, 1));
  EXPECT_EQ(claims.report_data, Bytes(64, 2));
  EXPECT_EQ(claims.host_data, Bytes(32, 3));
  EXPECT_EQ(claims.privilege_level, 2);
  EXPECT_EQ(claims.details.find("policy")->find("raw")->string(), "0x30000");
  EXPECT_EQ(claims.details.find("vek_extensions")->find("microcode")->integer(), 222);
}

TEST(SnpVerify, RefusesPreproductionReports) {
  Scene scene;
  scene.report.version = 1;
  expect_not_authentic(scene.run(), "format", "snp.format.version");
}

TEST(SnpVerify, AnUnknownVersionIsUnsupportedOnlyBehindItsSignature) {
  Scene scene;
  scene.report.version = 6;
  const Verification v = scene.run();
  EXPECT_EQ(reason_of(v, "format"), "snp.format.version");
  EXPECT_FALSE(v.claims.has_value());
  EXPECT_TRUE(v.unsupported);
  const Verification forged = scene.run_raw(encode_report(scene.report));
  EXPECT_FALSE(forged.claims.has_value());
  EXPECT_FALSE(forged.unsupported);
}

TEST(SnpVerify, RefusesOtherSignatureAlgorithms) {
  Scene scene;
  scene.report.signature_algo = 2;
  expect_not_authentic(scene.run(), "format", "snp.format.algorithm");
}

TEST(SnpVerify, AWrongLengthIsMalformed) {
  const Scene scene;
  Bytes report = scene.machine.sign(scene.report);
  report.pop_back();
  const Verification v = scene.run_raw(report);
  EXPECT_TRUE(v.malformed);
  EXPECT_EQ(reason_of(v, "format"), "snp.report.length");
  EXPECT_EQ(v.factors.find("signature")->status, FactorStatus::kNotReached);
  EXPECT_EQ(v.factors.list().size(), 22U);
}

TEST(SnpVerify, WorksWithoutAnyCollateral) {
  const Scene scene;
  const Bytes report = scene.machine.sign(scene.report);
  VerifyInput in;
  in.evidence = report;
  const Verification v = verify(in);
  EXPECT_EQ(reason_of(v, "collateral"), "snp.collateral.missing");
  EXPECT_FALSE(v.claims.has_value());
}

TEST(SnpVerify, MissingCertificatesAreNamedWithTheirAddress) {
  const std::pair<const char*, const char*> missing[] = {
      {"vcek", "?blSPL=4&teeSPL=0&snpSPL=27&ucodeSPL=222"},
      {"ask", "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"},
      {"ark", "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"}};
  for (const auto& [name, address] : missing) {
    Scene scene;
    scene.collateral.erase(name);
    const Verification v = scene.run();
    expect_not_authentic(v, "collateral", "snp.collateral.missing");
    EXPECT_NE(v.factors.find("collateral")->advice.find(address), std::string::npos)
        << v.factors.find("collateral")->advice;
  }
}

TEST(SnpVerify, AMissingVlekCannotBeFetched) {
  Scene scene("Milan", vlek_spec());
  scene.collateral.erase("vlek");
  const Verification v = scene.run();
  expect_not_authentic(v, "collateral", "snp.collateral.missing");
  EXPECT_EQ(v.factors.find("collateral")->advice.find("kdsintf"), std::string::npos);
}

TEST(SnpVerify, UnreadableCertificatesFail) {
  for (const char* name : {"vcek", "ask", "ark"}) {
    Scene scene;
    scene.collateral[name].push_back(0);
    expect_not_authentic(scene.run(), "collateral", "snp.collateral.malformed");
    scene.collateral[name].clear();
    expect_not_authentic(scene.run(), "collateral", "snp.collateral.malformed");
  }
}

TEST(SnpVerify, RejectsAMaskedChipKey) {
  Scene scene;
  scene.report.flags |= 2;
  expect_not_authentic(scene.run(), "signing-key", "snp.signing_key.masked");
}

TEST(SnpVerify, RejectsSigningKeysThatAreNone) {
  for (const std::uint32_t key : {2U, 3U, 7U}) {
    Scene scene;
    scene.report.flags = key << 2;
    expect_not_authentic(scene.run(), "signing-key", "snp.signing_key.none");
  }
}

TEST(SnpVerify, RejectsTheOtherKindOfKey) {
  Scene vcek;
  vcek.report.flags = 1U << 2;
  expect_not_authentic(vcek.run(), "signing-key", "snp.signing_key.kind");
  Scene vlek("Milan", vlek_spec());
  vlek.report.flags = 0;
  expect_not_authentic(vlek.run(), "signing-key", "snp.signing_key.kind");
}

TEST(SnpVerify, RejectsAnotherKeysSignature) {
  const Scene scene;
  const Scene other;
  expect_not_authentic(scene.run_raw(other.machine.sign(scene.report)), "signature",
                       "snp.signature.invalid");
}

TEST(SnpVerify, RejectsAnAbsentSignature) {
  const Scene scene;
  expect_not_authentic(scene.run_raw(encode_report(scene.report)), "signature",
                       "snp.signature.invalid");
}

TEST(SnpVerify, RejectsEveryTcbComponentThatIsNotTheCertificates) {
  for (const char* product : {"Milan", "Turin"}) {
    for (std::size_t i = 0; i < 8; ++i) {
      Scene scene(product);
      scene.report.reported_tcb[i] ^= 1;
      const Verification v = scene.run();
      EXPECT_EQ(reason_of(v, "tcb-binding"), "snp.tcb_binding.mismatch") << product << i;
      EXPECT_FALSE(v.claims.has_value());
    }
  }
}

TEST(SnpVerify, RejectsCertificatesThatLeaveASecurityLevelOut) {
  for (const char* oid : {".1", ".2", ".3", ".8"}) {
    Scene scene;
    crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
    std::erase_if(spec.extensions, [oid](const crypto::CertificateExtension& e) {
      return e.oid == std::string("1.3.6.1.4.1.3704.1.3") + oid;
    });
    scene.reissue_leaf(spec);
    expect_not_authentic(scene.run(), "tcb-binding", "snp.tcb_binding.incomplete");
  }
}

TEST(SnpVerify, RejectsAnFmcLevelOutsideTurin) {
  Scene scene;
  crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
  spec.extensions.push_back({"1.3.6.1.4.1.3704.1.3.9", false, {2, 1, 0}});
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "tcb-binding", "snp.tcb_binding.incomplete");
}

TEST(SnpVerify, RejectsAnotherChipsCertificate) {
  Scene scene;
  scene.report.chip_id[63] ^= 1;
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.mismatch");
  Scene turin("Turin");
  turin.report.chip_id[8] = 1;  // behind the 8 bytes Turin uses
  expect_not_authentic(turin.run(), "chip-binding", "snp.chip.mismatch");
}

TEST(SnpVerify, RejectsAMaskedChipId) {
  Scene scene;
  scene.report.chip_id.fill(0);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.masked");
}

TEST(SnpVerify, RejectsAHwidOfTheWrongLength) {
  Scene scene;
  simulator::VekSpec vek = scene.machine.vek();
  vek.hwid->resize(8);
  std::fill(scene.report.chip_id.begin() + 8, scene.report.chip_id.end(), std::uint8_t{0});
  scene.reissue_vek(vek);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.hwid");
  vek.hwid.reset();
  scene.reissue_vek(vek);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.hwid");
}

TEST(SnpVerify, RejectsAVcekThatNamesACloud) {
  Scene scene;
  simulator::VekSpec vek = scene.machine.vek();
  vek.csp_id = "CN=cloud";
  scene.reissue_vek(vek);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.vcek_csp");
}

TEST(SnpVerify, RejectsAVlekThatNamesAChipOrNoCloud) {
  Scene scene("Milan", vlek_spec());
  simulator::VekSpec vek = scene.machine.vek();
  vek.hwid = Bytes(64, 9);
  scene.reissue_vek(vek);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.vlek_hwid");
  vek.hwid.reset();
  vek.csp_id.reset();
  scene.reissue_vek(vek);
  expect_not_authentic(scene.run(), "chip-binding", "snp.chip.csp_missing");
}

TEST(SnpVerify, RejectsAChainOfAnotherProduct) {
  Scene scene;
  scene.report.cpuid_model = 0x11;
  expect_not_authentic(scene.run(), "product", "snp.product.mismatch");
}

TEST(SnpVerify, RejectsImpossibleTcbOrders) {
  Scene committed;
  committed.report.committed_tcb[7] -= 1;
  expect_judged(committed.run(), "tcb", "snp.tcb.order");
  Scene current;
  current.report.current_tcb[0] -= 1;
  expect_judged(current.run(), "tcb", "snp.tcb.order");
}

TEST(SnpVerify, RejectsACommittedVersionAboveTheRunningOne) {
  Scene scene;
  scene.report.current_version = {.build = 29, .minor = 55, .major = 1};
  for (const FirmwareVersion& committed : {FirmwareVersion{.build = 30, .minor = 55, .major = 1},
                                           FirmwareVersion{.build = 0, .minor = 56, .major = 1},
                                           FirmwareVersion{.build = 0, .minor = 0, .major = 2}}) {
    scene.report.committed_version = committed;
    expect_judged(scene.run(), "tcb", "snp.tcb.version_order");
  }
  // A build number starts anew with each minor version.
  scene.report.committed_version = {.build = 90, .minor = 54, .major = 1};
  EXPECT_EQ(scene.run().factors.find("tcb")->status, FactorStatus::kPass);
}

TEST(SnpVerify, RejectsReservedTcbComponents) {
  simulator::AmdMachineSpec spec = test_machine_spec();
  spec.tcb.reserved[3] = 1;
  expect_judged(Scene("Milan", spec).run(), "tcb", "snp.tcb.reserved");
  Scene launch;
  launch.report.launch_tcb[4] = 1;
  expect_judged(launch.run(), "tcb", "snp.tcb.reserved");
}

TEST(SnpVerify, ReportsDebugGuests) {
  Scene scene;
  scene.report.policy |= kPolicyDebug;
  const Verification v = scene.run();
  expect_judged(v, "debug", "snp.debug.enabled");
  EXPECT_TRUE((*v.claims)->debug);
}

TEST(SnpVerify, ReportsMigration) {
  Scene scene;
  scene.report.policy |= kPolicyMigrateMa;
  expect_judged(scene.run(), "migration", "snp.migration.allowed");
  Scene agent;
  agent.report.report_id_ma[31] = 0;
  expect_judged(agent.run(), "migration", "snp.migration.agent");
}

TEST(SnpVerify, ReportsPoliciesWithUnknownBits) {
  for (const unsigned bit : {17U, 26U, 63U}) {
    Scene scene;
    scene.report.policy ^= 1ULL << bit;
    expect_judged(scene.run(), "guest-policy", "snp.guest_policy.reserved");
  }
  Scene known;
  known.report.policy |= kPolicyPageSwapDisable | kPolicySingleSocket | kPolicyCxlAllow | 0x1F;
  expect_judged(known.run(), "simulated", "simulated.no_protection");
}

TEST(SnpVerify, RejectsPoliciesThatThePlatformDoesNotKeep) {
  const std::pair<std::uint64_t, std::uint64_t> demands[] = {
      {kPolicyRaplDis, kPlatformRaplDis}, {kPolicyCiphertextHiding, kPlatformCiphertextHiding}};
  for (const auto& [policy, platform] : demands) {
    Scene scene;
    scene.report.policy |= policy;
    expect_judged(scene.run(), "guest-policy", "snp.guest_policy.platform");
    scene.report.platform_info |= platform;
    expect_judged(scene.run(), "simulated", "simulated.no_protection");
  }
  Scene smt;
  smt.report.policy &= ~kPolicySmt;
  expect_judged(smt.run(), "guest-policy", "snp.guest_policy.platform");
  smt.report.platform_info &= ~kPlatformSmt;
  expect_judged(smt.run(), "simulated", "simulated.no_protection");
}

TEST(SnpVerify, SaysWhoSignedTheIdBlock) {
  Scene scene;
  EXPECT_EQ(scene.run().factors.find("id-block")->found, "launched without an ID block");
  scene.report.id_key_digest.fill(0xAB);
  scene.report.family_id.fill(1);
  scene.report.image_id.fill(2);
  scene.report.guest_svn = 3;
  EXPECT_EQ(scene.run().factors.find("id-block")->found,
            "ID key " + codec::hex_encode(Bytes(48, 0xAB)));
  scene.report.author_key_digest.fill(0xCD);
  scene.report.flags |= 1;
  const Verification v = scene.run();
  expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_EQ(v.factors.find("id-block")->found, "ID key " + codec::hex_encode(Bytes(48, 0xAB)) +
                                                   ", author key " +
                                                   codec::hex_encode(Bytes(48, 0xCD)));
  EXPECT_EQ((*v.claims)->details.find("flags")->find("author_key_en")->integer(), 1);
}

TEST(SnpVerify, RejectsAnAuthorDigestThatTheFlagDenies) {
  Scene scene;
  scene.report.id_key_digest.fill(1);
  scene.report.author_key_digest[47] = 1;
  expect_judged(scene.run(), "id-block", "snp.id_block.author");
  Scene empty;
  empty.report.id_key_digest.fill(1);
  empty.report.flags |= 1;
  expect_judged(empty.run(), "id-block", "snp.id_block.author");
}

TEST(SnpVerify, RejectsFieldsOfAnIdBlockThatNobodySigned) {
  Scene author;
  author.report.author_key_digest.fill(1);
  author.report.flags |= 1;
  expect_judged(author.run(), "id-block", "snp.id_block.unsigned");
  Scene family;
  family.report.family_id[15] = 1;
  expect_judged(family.run(), "id-block", "snp.id_block.unsigned");
  Scene image;
  image.report.image_id[0] = 1;
  expect_judged(image.run(), "id-block", "snp.id_block.unsigned");
  Scene svn;
  svn.report.guest_svn = 1;
  expect_judged(svn.run(), "id-block", "snp.id_block.unsigned");
}

TEST(SnpVerify, RejectsHostVmpl) {
  Scene scene;
  scene.report.vmpl = kHostVmpl;
  expect_judged(scene.run(), "vmpl", "snp.vmpl.host");
  scene.report.vmpl = 4;
  expect_judged(scene.run(), "vmpl", "snp.vmpl.range");
  scene.report.vmpl = 3;
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
}

}  // namespace
}  // namespace claustrum::evidence::snp
