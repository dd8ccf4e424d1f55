// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/revocation.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/snp/test_scene.h"

namespace claustrum::evidence::snp {
namespace {

using Signer = simulator::AmdAuthority::Signer;

TEST(SnpRevocation, AMissingCrlIsAStateOfItsOwn) {
  Scene scene;
  scene.collateral.erase("crl");
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_EQ(reason_of(v, "revocation"), "snp.crl.missing");
  EXPECT_EQ(reason_of(v, "collateral-current"), "snp.crl.missing");
  EXPECT_EQ(v.factors.find("revocation")->advice,
            "fetch https://kdsintf.amd.com/vcek/v1/Milan/crl");
}

TEST(SnpRevocation, TheCrlOfVleksHasItsOwnAddress) {
  simulator::AmdMachineSpec spec = test_machine_spec();
  spec.kind = LeafKind::kVlek;
  Scene scene("Turin", spec);
  scene.collateral.erase("crl");
  EXPECT_EQ(scene.run().factors.find("revocation")->advice,
            "fetch https://kdsintf.amd.com/vlek/v1/Turin/crl");
}

TEST(SnpRevocation, AnUnreadableCrlFails) {
  Scene scene;
  scene.collateral["crl"].push_back(0);
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "snp.crl.malformed");
}

TEST(SnpRevocation, AcceptsPem) {
  Scene scene;
  scene.collateral["crl"] = to_bytes(codec::pem_encode("X509 CRL", scene.collateral["crl"]));
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
  append(scene.collateral["crl"], scene.collateral["crl"]);
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "snp.crl.malformed");
}

TEST(SnpRevocation, RejectsACrlOfAnotherKey) {
  Scene foreign;
  foreign.set("crl", foreign_authority().issue_crl(kNow, kNow + kDay));
  EXPECT_EQ(reason_of(foreign.run(), "revocation"), "snp.crl.signature");
  Scene intermediate;
  intermediate.set("crl", intermediate.authority.issue_crl(kNow, kNow + kDay, {}, Signer::kAsk));
  EXPECT_EQ(reason_of(intermediate.run(), "revocation"), "snp.crl.signature");
}

// A policy that waives revocation would else take anybody's word for the list's age.
TEST(SnpCurrent, TheDateOfAForeignCrlSaysNothing) {
  Scene foreign;
  foreign.set("crl", foreign_authority().issue_crl(kNow, kNow + kDay));
  EXPECT_EQ(reason_of(foreign.run(), "collateral-current"), "snp.crl.signature");
}

TEST(SnpRevocation, RejectsAStaleOrEarlyCrl) {
  Scene stale;
  stale.set("crl", stale.authority.issue_crl(kNow + -5 * kDay, kNow + -1));
  expect_judged(stale.run(), "revocation", "snp.crl.stale");
  Scene early;
  early.set("crl", early.authority.issue_crl(kNow + 1, kNow + kDay));
  expect_judged(early.run(), "revocation", "snp.crl.not_yet_valid");
}

TEST(SnpRevocation, RejectsARevokedIntermediate) {
  Scene scene;
  scene.set("crl", scene.authority.issue_crl(kNow, kNow + kDay,
                                             {7, scene.authority.serial(Signer::kAsk)}));
  expect_judged(scene.run(), "revocation", "snp.crl.revoked");
}

TEST(SnpRevocation, RejectsARevokedRoot) {
  Scene scene;
  scene.set("crl",
            scene.authority.issue_crl(kNow, kNow + kDay, {scene.authority.serial(Signer::kArk)}));
  expect_judged(scene.run(), "revocation", "snp.crl.revoked");
}

TEST(SnpRevocation, ARevocationStaysOneInAnOverdueList) {
  Scene scene;
  scene.set("crl", scene.authority.issue_crl(kNow + -5 * kDay, kNow + -1,
                                             {scene.authority.serial(Signer::kAsk)}));
  expect_judged(scene.run(), "revocation", "snp.crl.revoked");
}

TEST(SnpRevocation, OtherSerialsDoNotMatter) {
  Scene scene;
  scene.set("crl", scene.authority.issue_crl(kNow, kNow + kDay,
                                             {0, 0x10002, scene.authority.serial(Signer::kAsvk)}));
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
}

TEST(SnpCurrent, WithoutAFloorSourceItFails) {
  Scene scene;
  scene.use_floors = false;
  expect_judged(scene.run(), "collateral-current", "collateral.no_floor_source");
  scene.use_floors = true;
  scene.floors.have_source = false;
  expect_judged(scene.run(), "collateral-current", "collateral.no_floor_source");
}

TEST(SnpCurrent, WithoutAFloorForTheIssuerItFails) {
  Scene scene;
  scene.floors.crl_this_update.clear();
  expect_judged(scene.run(), "collateral-current", "collateral.no_floor");
}

TEST(SnpCurrent, ACrlBelowTheFloorFails) {
  Scene scene;
  for (auto& [issuer, floor] : scene.floors.crl_this_update) {
    floor = kNow + -5 * kDay + 1;
  }
  expect_judged(scene.run(), "collateral-current", "collateral.below_floor");
  for (auto& [issuer, floor] : scene.floors.crl_this_update) {
    floor = kNow + -5 * kDay;
  }
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
}

}  // namespace
}  // namespace claustrum::evidence::snp
