// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/revocation.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

struct RevocationTest : ::testing::Test {
  Scene scene{QuoteForm::kTd15V5, tdx::verify};

  Result<Bytes> list_of(Signer signer, Instant from, Instant until) const {
    return scene.authority.issue_crl(signer, from, until);
  }
  void expect_good() { expect_judged(scene.run(), "simulated", "simulated.no_protection"); }
  // The lists are not there or not their issuers': both questions about them fail.
  void expect_no_lists(std::string_view reason) {
    const Verification v = scene.run();
    EXPECT_EQ(reason_of(v, "revocation"), reason);
    EXPECT_EQ(reason_of(v, "collateral-current"), reason);
    EXPECT_TRUE(v.claims.has_value());
  }
  void expect_revoked() { expect_judged(scene.run(), "revocation", "dcap.crl.revoked"); }
};

TEST_F(RevocationTest, MissingListsFail) {
  for (const char* name : {"pck_crl", "root_ca_crl"}) {
    scene.rebuild();
    scene.collateral.erase(name);
    expect_no_lists("dcap.crl.missing");
  }
}

TEST_F(RevocationTest, UnreadableListsFail) {
  for (const char* name : {"pck_crl", "root_ca_crl"}) {
    for (const Bytes& bad : {Bytes(), to_bytes("30"), Bytes{0x30, 0x00}, to_bytes("zz"),
                             to_bytes("-----BEGIN X509 CRL-----\n")}) {
      scene.rebuild();
      scene.collateral[name] = bad;
      expect_no_lists("dcap.crl.malformed");
    }
  }
}

// Refused by size alone: nothing of it is decoded, copied or read.
TEST_F(RevocationTest, ListsBeyondTheirLimitsFail) {
  constexpr std::size_t kLimit = std::size_t{4} << 20;
  Bytes der = scene.collateral.at("pck_crl");
  der.resize(kLimit + 1);
  for (const char* name : {"pck_crl", "root_ca_crl"}) {
    for (const Bytes& large : {der, Bytes(2 * kLimit + 3, '0'), Bytes(2 * kLimit + 3, '\n')}) {
      scene.rebuild();
      scene.collateral[name] = large;
      expect_no_lists("dcap.crl.size");
    }
  }
  scene.rebuild();
  const std::vector<Bytes> many(100'001, Bytes{1});
  scene.set("pck_crl",
            scene.authority.issue_crl(Signer::kPlatformCa, kNow + -kDay, kNow + kDay, many));
  expect_no_lists("dcap.crl.size");
}

TEST_F(RevocationTest, TakesDerPemAndHexadecimal) {
  for (const char* name : {"pck_crl", "root_ca_crl"}) {
    const Bytes der = scene.collateral.at(name);
    scene.collateral[name] = to_bytes(codec::pem_encode("X509 CRL", der));
    expect_good();
    scene.collateral[name] = to_bytes(codec::hex_encode(der) + "\n");
    expect_good();
  }
}

TEST_F(RevocationTest, ListsAreChosenByTheirIssuer) {
  std::swap(scene.collateral["pck_crl"], scene.collateral["root_ca_crl"]);
  expect_good();
  scene.rebuild();
  scene.set("pck_crl", list_of(Signer::kProcessorCa, kNow, kNow + kDay));
  expect_no_lists("dcap.crl.issuer");
}

TEST_F(RevocationTest, EachListIsSignedByItsIssuer) {
  scene.set("pck_crl",
            foreign_authority().issue_crl(Signer::kPlatformCa, kNow + -kDay, kNow + kDay));
  expect_no_lists("dcap.crl.signature");
  scene.rebuild();
  scene.set("root_ca_crl", foreign_authority().issue_crl(Signer::kRoot, kNow + -kDay, kNow + kDay));
  expect_no_lists("dcap.crl.signature");
}

TEST_F(RevocationTest, EachListIsCurrent) {
  const std::pair<const char*, Signer> lists[] = {{"pck_crl", Signer::kPlatformCa},
                                                  {"root_ca_crl", Signer::kRoot}};
  for (const auto& [name, signer] : lists) {
    scene.rebuild();
    scene.set(name, list_of(signer, kNow + -kDay, kNow + -1));
    expect_judged(scene.run(), "revocation", "dcap.crl.stale");
    scene.set(name, list_of(signer, kNow + 1, kNow + kDay));
    expect_judged(scene.run(), "revocation", "dcap.crl.not_yet_valid");
    scene.set(name, list_of(signer, kNow, kNow));
    expect_good();
  }
}

TEST_F(RevocationTest, ARevokedLeafFails) {
  scene.documents.revoked_pck = {simulator::serial_of_key(scene.platform.pck_key().public_key())};
  scene.rebuild();
  expect_revoked();
}

TEST_F(RevocationTest, ARevokedPckCaFails) {
  scene.documents.revoked_by_root = {scene.authority.serial(Signer::kPlatformCa)};
  scene.rebuild();
  expect_revoked();
}

TEST_F(RevocationTest, ARevokedTcbSignerFails) {
  scene.documents.revoked_by_root = {scene.authority.serial(Signer::kTcbSigning)};
  scene.rebuild();
  expect_revoked();
  // Also where only one of the documents is there.
  scene.collateral.erase("tcb_info");
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.revoked");
  scene.rebuild();
  scene.collateral.erase("qe_identity");
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.revoked");
}

TEST_F(RevocationTest, ARevocationStaysOneInAnOverdueList) {
  scene.documents.revoked_pck = {simulator::serial_of_key(scene.platform.pck_key().public_key())};
  scene.documents.crl_next_update = kNow + -1;
  scene.rebuild();
  expect_revoked();
}

// Else whoever waives a missing list waives a revocation that the other one shows.
TEST_F(RevocationTest, ARevocationStaysOneWhateverTheOtherListIs) {
  scene.documents.revoked_by_root = {scene.authority.serial(Signer::kPlatformCa)};
  scene.rebuild();
  scene.collateral.erase("pck_crl");
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.revoked");
  scene.set("pck_crl",
            foreign_authority().issue_crl(Signer::kPlatformCa, kNow + -kDay, kNow + kDay));
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.revoked");
  scene.documents.revoked_by_root.clear();
  scene.documents.revoked_pck = {simulator::serial_of_key(scene.platform.pck_key().public_key())};
  scene.rebuild();
  scene.collateral.erase("root_ca_crl");
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "dcap.crl.revoked");
}

TEST_F(RevocationTest, OthersRevocationsAreNotOurs) {
  scene.documents.revoked_pck = {scene.authority.serial(Signer::kPlatformCa), Bytes{1}};
  scene.documents.revoked_by_root = {
      simulator::serial_of_key(scene.platform.pck_key().public_key()),
      scene.authority.serial(Signer::kProcessorCa)};
  scene.rebuild();
  expect_good();
}

TEST_F(RevocationTest, FloorsAreTheVerifiersAndForBothIssuers) {
  scene.use_floors = false;
  expect_judged(scene.run(), "collateral-current", "collateral.no_floor_source");
  scene.use_floors = true;
  scene.floors.have_source = false;
  expect_judged(scene.run(), "collateral-current", "collateral.no_floor_source");
  scene.floors.have_source = true;
  for (const Signer issuer : {Signer::kPlatformCa, Signer::kRoot}) {
    const Floors good = scene.floors;
    const std::string key = codec::hex_encode(scene.authority.public_key(issuer).spki_sha256());
    ASSERT_EQ(scene.floors.crl_this_update.erase(key), 1U);
    expect_judged(scene.run(), "collateral-current", "collateral.no_floor");
    scene.floors.crl_this_update[key] = scene.documents.crl_this_update + 1;
    expect_judged(scene.run(), "collateral-current", "collateral.below_floor");
    scene.floors.crl_this_update[key] = scene.documents.crl_this_update;
    expect_good();
    scene.floors = good;
  }
}

TEST_F(RevocationTest, FloorsAreForIntelsListsToo) {
  const std::string root =
      codec::hex_encode(scene.authority.public_key(Signer::kRoot).spki_sha256());
  const std::int64_t edition = std::min(scene.documents.tcb_info.evaluation_data_number,
                                        scene.documents.qe_identity.evaluation_data_number);
  scene.floors.evaluation_data_number[root] = edition;
  expect_good();
  scene.floors.evaluation_data_number[root] = edition + 1;
  expect_judged(scene.run(), "collateral-current", "collateral.below_floor");
  scene.floors.evaluation_data_number = {{std::string(64, '0'), edition + 1}};
  expect_good();
  scene.floors.evaluation_data_number = {{root, edition}};
  scene.collateral.erase("tcb_info");
  EXPECT_EQ(reason_of(scene.run(), "collateral-current"), "dcap.tcb.missing");
}

TEST_F(RevocationTest, AFloorForTheTcbDateIsAFactorOfItsOwn) {
  const std::string root =
      codec::hex_encode(scene.authority.public_key(Signer::kRoot).spki_sha256());
  const Verification good = scene.run();
  EXPECT_EQ(good.factors.find("tcb-date"), nullptr);
  const Instant date = (*good.claims)->standing->date;
  scene.floors.tcb_date[root] = date;
  EXPECT_EQ(scene.run().factors.find("tcb-date")->status, FactorStatus::kPass);
  scene.floors.tcb_date[root] = date + 1;
  expect_judged(scene.run(), "tcb-date", "dcap.tcb.below_floor");
  scene.collateral.erase("tcb_info");
  EXPECT_EQ(reason_of(scene.run(), "tcb-date"), "dcap.tcb.missing");
}

}  // namespace
}  // namespace claustrum::evidence::dcap
