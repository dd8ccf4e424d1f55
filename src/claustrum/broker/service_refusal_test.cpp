// SPDX-License-Identifier: Apache-2.0
// One thing wrong at a time, and the one answer for it.
#include <gtest/gtest.h>

#include "claustrum/broker/test_scene.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::broker {
namespace {

using simulator::AmdAuthority;
using test::expect_denied;
using test::expect_error;
using test::Guest;
using test::kSimDay;
using test::kSimNow;
using test::Scene;

const AmdAuthority& foreign_authority() {
  static const AmdAuthority authority = AmdAuthority::create(simulator::test_options()).value();
  return authority;
}

TEST(BrokerRefusal, AnswersToAnotherChallenge) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  const std::string first = guest.nonce;
  scene.auth(guest);
  guest.nonce = first;
  expect_denied(scene.attest(guest), "nonce", "broker.nonce");
}

TEST(BrokerRefusal, AReportForAnotherKey) {
  Scene scene;
  Guest guest;
  const Guest thief;
  guest.tamper = [&](kbs::Attestation& message) {
    message.tee_pubkey = crypto::jwk_from_public_key(thief.key.public_key(), "ECDH-ES+A256KW");
  };
  expect_denied(scene.join(guest), "binding", "broker.binding");
}

TEST(BrokerRefusal, AReportForAnotherNonce) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  kbs::Attestation message = guest.attestation("AAAA");
  message.nonce = guest.nonce;
  expect_denied(scene.post("/kbs/v0/attest", kbs::to_json(message), guest.cookie), "binding",
                "broker.binding");
}

TEST(BrokerRefusal, InitDataOtherThanTheHardwares) {
  Scene scene;
  Guest guest;
  guest.init_data += "# one comment more\n";
  expect_denied(scene.join(guest), "init-data-digest", "init_data.digest");
}

TEST(BrokerRefusal, NoInitDataWhereThePolicyJudgesIt) {
  Scene scene;
  Guest guest;
  guest.tamper = [](kbs::Attestation& message) { message.init_data.reset(); };
  expect_denied(scene.join(guest), "init-data-digest", "policy.init_data_absent");
}

TEST(BrokerRefusal, AnotherMeasurementThanTheBaselines) {
  Scene scene;
  Guest guest;
  guest.launch.measurement[0] ^= 1;
  expect_denied(scene.join(guest), "measurement", "policy.measurement");
  expect_error(scene.fetch(guest), 401, "unauthorised broker.not_attested");
}

TEST(BrokerRefusal, WhatTheSecretsOwnPolicyDenies) {
  Scene scene;
  scene.put("default/strict/1", "x",
            test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }"));
  Guest guest;
  EXPECT_EQ(scene.join(guest).status, 200);
  expect_denied(scene.fetch(guest, "default/strict/1"), "tcb.snp", "policy.tcb");
  EXPECT_EQ(scene.fetch(guest).status, 200);
}

// The demonstration's root is the baseline's choice, not that of every secret.
TEST(BrokerRefusal, ASecretWhosePolicyNamesNoSimulatedRoot) {
  Scene scene;
  const std::string good = test::good_policy();
  scene.put("default/real/1", "x", test::parse(good.substr(0, good.find("[[simulated]]"))));
  Guest guest;
  EXPECT_EQ(scene.join(guest).status, 200);
  expect_denied(scene.fetch(guest, "default/real/1"), "root", "snp.root.untrusted");
}

TEST(BrokerRefusal, APolicyThatLeavesInitDataOpen) {
  const std::string good = test::good_policy();
  const std::size_t begin = good.find("[init-data.fields]");
  const std::size_t end = good.find("[[waive]]");
  const std::string head = good.substr(0, begin);
  const std::string tail = good.substr(end);
  Scene scene;
  scene.put("default/open/1", "x",
            test::parse(head + "[init-data]\ndigest = { ignore = \"any\" }\n" + tail));
  scene.put("default/silent/1", "x", test::parse(head + tail));
  scene.put("default/engine/1", "x",
            test::policy_with("\"engine.binary\" = { exact = "
                              "\"3333333333333333333333333333333333333333333333333333333333333333"
                              "\" }",
                              "\"engine.binary\" = { ignore = \"any\" }"));
  Guest guest;
  scene.join(guest);
  expect_denied(scene.fetch(guest, "default/open/1"), "init-data",
                "policy.init_data_unconstrained");
  expect_denied(scene.fetch(guest, "default/silent/1"), "policy-complete", "policy.incomplete");
  expect_denied(scene.fetch(guest, "default/engine/1"), "init-data.engine.binary",
                "policy.init_data_unconstrained");
}

TEST(BrokerRefusal, ADebugGuest) {
  Scene scene;
  Guest guest;
  guest.launch.policy |= evidence::snp::kPolicyDebug;
  expect_denied(scene.join(guest), "debug", "policy.debug");
}

TEST(BrokerRefusal, AnUnknownRoot) {
  Scene scene;
  const simulator::AmdMachine machine = simulator::sim_machine(foreign_authority());
  Guest guest;
  guest.machine = &machine;
  guest.collateral = machine.collateral();
  expect_denied(scene.join(guest), "root", "snp.root.untrusted");
}

TEST(BrokerRefusal, ARevokedIntermediate) {
  Scene scene;
  Guest guest;
  const AmdAuthority& authority = simulator::sim_authority();
  guest.collateral["crl"] = authority
                                .issue_crl(kSimNow + -kSimDay, kSimNow + kSimDay,
                                           {authority.serial(AmdAuthority::Signer::kAsk)})
                                .value();
  expect_denied(scene.join(guest), "revocation", "snp.crl.revoked");
}

TEST(BrokerRefusal, NoRevocationList) {
  Scene scene;
  Guest guest;
  guest.collateral.erase("crl");
  expect_denied(scene.join(guest), "revocation", "snp.crl.missing");
}

TEST(BrokerRefusal, AnExpiredSigningKey) {
  simulator::AmdMachineSpec spec;
  spec.not_before = kSimNow + -2 * kSimDay;
  spec.not_after = kSimNow + -kSimDay;
  spec.crl_this_update = kSimNow + -kSimDay;
  spec.crl_next_update = kSimNow + kSimDay;
  const auto machine = simulator::AmdMachine::create(simulator::sim_authority(), spec).value();
  Scene scene;
  Guest guest;
  guest.machine = &machine;
  guest.collateral = machine.collateral();
  expect_denied(scene.join(guest), "validity", "snp.validity.expired");
}

// Promise 5: a session dies with its collateral.
TEST(BrokerRefusal, CollateralThatEndsDuringTheSession) {
  Scene scene;
  Guest guest;
  guest.collateral["crl"] =
      simulator::sim_authority().issue_crl(kSimNow + -kSimDay, kSimNow + 60).value();
  EXPECT_EQ(scene.join(guest).status, 200);
  EXPECT_EQ(scene.fetch(guest).status, 200);
  scene.clock.advance(120);
  expect_denied(scene.fetch(guest), "revocation", "snp.crl.stale");
}

TEST(BrokerRefusal, AForgedReport) {
  Scene scene;
  Guest guest;
  guest.tamper = [](kbs::Attestation& message) {
    kbs::SnpEvidence evidence = kbs::parse_snp_evidence(message.primary_evidence).value();
    evidence.report[0x90] ^= 1;  // the measurement
    message.primary_evidence =
        kbs::make_snp_evidence({"amd-sev-snp", evidence.report, evidence.collateral});
  };
  expect_denied(scene.join(guest), "signature", "snp.signature.invalid");
}

TEST(BrokerRefusal, DeviceEvidenceThatNothingJudges) {
  Scene scene;
  Guest guest;
  guest.tamper = [](kbs::Attestation& message) {
    message.additional_evidence = R"({"nvidia":{}})";
  };
  expect_error(scene.join(guest), 401, "unsupported broker.additional_evidence");
}

TEST(BrokerRefusal, AKeyForAnotherAlgorithm) {
  Scene scene;
  Guest guest;
  guest.tamper = [&](kbs::Attestation& message) {
    message.tee_pubkey = crypto::jwk_from_public_key(guest.key.public_key(), "RSA1_5");
  };
  expect_error(scene.join(guest), 401, "unsupported kbs.tee_key");
}

TEST(BrokerRefusal, EvidenceOfNoShape) {
  Scene scene;
  Guest guest;
  guest.tamper = [](kbs::Attestation& message) {
    message.primary_evidence = codec::Json::object();
  };
  expect_error(scene.join(guest), 401, "malformed kbs.snp_evidence");
}

TEST(BrokerRefusal, APlatformWithoutVerifier) {
  Scene scene;
  scene.verifiers.clear();
  Guest guest;
  EXPECT_EQ(scene.join(guest).status, 401);
}

TEST(BrokerRefusal, AGrantThatCannotBeRecorded) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  {
    auto database = store::Database::open(scene.path, state_schema()).value();
    auto transaction = database->begin().value();
    ASSERT_TRUE(transaction.run("INSERT INTO ledger VALUES(0, x'00')").ok());
    ASSERT_TRUE(transaction.commit().ok());
  }
  expect_error(scene.fetch(guest), 503, "unavailable broker.ledger");
  EXPECT_NE(scene.log.text().find("broker.not_recorded"), std::string::npos);
}

TEST(BrokerRefusal, ASecretThatDoesNotOpen) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  {
    auto database = store::Database::open(scene.path, state_schema()).value();
    auto transaction = database->begin().value();
    ASSERT_TRUE(transaction.run("UPDATE secrets SET sealed = x'01'").ok());
    ASSERT_TRUE(transaction.commit().ok());
  }
  expect_error(scene.fetch(guest), 500, "internal broker.resource");
  EXPECT_NE(scene.log.text().find("broker.secret_unreadable"), std::string::npos);
}

}  // namespace
}  // namespace claustrum::broker
