// SPDX-License-Identifier: Apache-2.0
// A service's evidence document through the library, on a simulated machine: the profile stands on
// the publisher the caller pins, the nonce and the numbers are the caller's.
#include <gtest/gtest.h>

#include "claustrum/document/test_scene.h"
#include "claustrum/verify/test_scene.h"

namespace claustrum::verify {
namespace {

struct VerifyDocument : ::testing::Test {
  VerifyDocument() : machine(simulator::sim_machine(simulator::sim_authority())) {
    const Scene amd = test::amd_scene();
    scene.now = test::kSimNow;
    scene.cosigned_at = test::kSimNow;
    scene.profile_claims.created = test::kSimNow;
    scene.profile_claims.expires = test::kSimNow + 100;
    scene.keys.not_before = test::kSimNow + -60;
    scene.keys.not_after = test::kSimNow + 60;
    scene.policy = document::test::replaced(
        amd.policy, "2222222222222222222222222222222222222222222222222222222222222222",
        manifest_of(scene.policy));
    scene.tamper = [this](document::EvidenceDocument& out) {
      simulator::GuestLaunch launch;
      launch.measurement.fill(0xaa);
      launch.host_data = to_array<32>(scene.claims.host_data);
      out.evidence = machine.report(launch, to_array<64>(scene.claims.report_data));
      out.collateral = machine.collateral();
    };
    document = scene.build();
    scene.profile_claims.policy = scene.policy;
    profile = document::sign_profile(scene.profile_claims, publisher);
    input.document = as_bytes(document);
    input.profile = as_bytes(profile);
    input.publisher_sha256 = publisher.public_key().spki_sha256();
    input.nonce = scene.nonce;
    input.time = test::kSimNow.seconds;
  }

  using Scene = test::Scene;

  // The digest the document scene's policy names in place of the fixture's.
  static std::string manifest_of(const std::string& policy) {
    constexpr std::string_view kKey = "\"model.manifest\" = { exact = \"";
    return policy.substr(policy.find(kKey) + kKey.size(), 64);
  }

  simulator::AmdMachine machine;
  document::test::Scene scene;
  crypto::PrivateKey publisher = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  std::string document;
  std::string profile;
  DocumentInput input;
};

TEST_F(VerifyDocument, AcceptsAServiceOfItsProfile) {
  const Verdict verdict = verify_document(input);
  EXPECT_TRUE(verdict.accepted()) << verdict.text();
  EXPECT_EQ(verdict.platform(), "amd-sev-snp");
  EXPECT_TRUE(verdict.container().empty());
  EXPECT_TRUE(verdict.simulated());
  EXPECT_EQ(test::factor(verdict, "binding").status, "pass");
}

TEST_F(VerifyDocument, AnEmptyInputIsRefused) {
  const Verdict verdict = verify_document(DocumentInput{});
  EXPECT_FALSE(verdict.accepted());
  EXPECT_TRUE(verdict.judgement().error.has_value());
}

TEST_F(VerifyDocument, AnotherPublishersProfileIsNone) {
  input.publisher_sha256[0] ^= 1;
  const Verdict verdict = verify_document(input);
  EXPECT_EQ(verdict.exit_code(), 10);
  EXPECT_EQ(test::factor(verdict, "input").reason, "profile.publisher");
}

TEST_F(VerifyDocument, TheNonceIsTheCallers) {
  input.nonce[31] ^= 1;
  const Verdict verdict = verify_document(input);
  EXPECT_EQ(verdict.exit_code(), 10);
  EXPECT_EQ(test::factor(verdict, "binding").reason, "document.binding");
}

TEST_F(VerifyDocument, TheTimeIsTheCallers) {
  input.time = 0;
  EXPECT_EQ(test::factor(verify_document(input), "profile").status, "fail");
}

TEST_F(VerifyDocument, AnOlderEditionIsRefused) {
  input.least_profile_number = scene.profile_claims.number + 1;
  EXPECT_EQ(test::factor(verify_document(input), "profile").reason, "profile.number");
}

TEST_F(VerifyDocument, WhatIsNoDocumentIsMalformed) {
  input.document = input.document.first(input.document.size() - 1);
  EXPECT_EQ(verify_document(input).exit_code(), 30);
}

TEST_F(VerifyDocument, EveryPieceHasALimit) {
  const Bytes large(kMaxInputLen + 1);
  DocumentInput other = input;
  other.document = large;
  EXPECT_EQ(test::factor(verify_document(other), "input").reason, "verify.size");
  other = input;
  other.profile = large;
  EXPECT_EQ(test::factor(verify_document(other), "input").reason, "verify.size");
}

}  // namespace
}  // namespace claustrum::verify
