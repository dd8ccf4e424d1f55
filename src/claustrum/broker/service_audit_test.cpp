// SPDX-License-Identifier: Apache-2.0
// What is written down, for whom, and what nobody may read anywhere.
#include <gtest/gtest.h>

#include "claustrum/broker/test_scene.h"
#include "claustrum/codec/hex.h"
#include "claustrum/ledger/entry.h"

namespace claustrum::broker {
namespace {

using codec::Json;
using test::audit_id_of;
using test::expect_denied;
using test::Guest;
using test::kSecretName;
using test::Scene;

std::string type_of(const Json& entry) {
  return *entry.string_at("type");
}

std::string detail_at(const Json& entry, std::string_view name) {
  const Json* value = entry.find("detail")->find(name);
  return value == nullptr      ? "absent"
         : value->is_integer() ? std::to_string(value->integer())
                               : value->string();
}

// Digest and audit id of the entry belong to the record.
void expect_matches(const Json& entry, const Json& record) {
  EXPECT_EQ(*entry.string_at("digest"),
            codec::hex_encode(crypto::sha256(as_bytes(codec::to_jcs(record)))));
  EXPECT_EQ(detail_at(entry, "audit"), *record.string_at("id"));
}

TEST(BrokerAudit, AGrantIsAnEntryAndARecord) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  ASSERT_EQ(scene.fetch(guest).status, 200);
  const std::vector<Json> ledger = scene.ledger();
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(type_of(ledger[0]), "release-grant");
  EXPECT_EQ(detail_at(ledger[0], "reason"), "absent");
  EXPECT_TRUE(ledger::parse_entry(*scene.state->ledger_entry(0)).ok());
  const Json record = *scene.state->audit(detail_at(ledger[0], "audit"));
  expect_matches(ledger[0], record);
  EXPECT_EQ(*record.string_at("decision"), "grant");
  EXPECT_EQ(*record.string_at("resource"), kSecretName);
  EXPECT_EQ(detail_at(ledger[0], "policy"), *record.string_at("policy"));
  EXPECT_EQ(*record.object_at("verdict")->string_at("verdict"), "accepted");
}

TEST(BrokerAudit, ARefusalOfAProvenWorkloadIsAnEntryAtOnce) {
  Scene scene;
  Guest guest;
  guest.launch.measurement.fill(0xab);
  const net::Response response = scene.join(guest);
  const std::vector<Json> ledger = scene.ledger();
  ASSERT_EQ(ledger.size(), 1U);
  EXPECT_EQ(type_of(ledger[0]), "release-refusal");
  EXPECT_EQ(detail_at(ledger[0], "reason"), "policy.measurement");
  EXPECT_EQ(detail_at(ledger[0], "audit"), audit_id_of(response));
  EXPECT_NE(test::detail_of(response).find("claustrum broker explain " + audit_id_of(response)),
            std::string::npos);
  const Json record = *scene.state->audit(audit_id_of(response));
  expect_matches(ledger[0], record);
  EXPECT_EQ(*record.string_at("reason"), "policy.measurement");
}

// Expected and found values, and what to do, are for the owner and not for the caller.
TEST(BrokerAudit, TheOwnerSeesWhyAndTheCallerDoesNot) {
  Scene scene;
  Guest guest;
  guest.launch.measurement.fill(0xab);
  const net::Response response = scene.join(guest);
  const Json record = *scene.state->audit(audit_id_of(response));
  const std::string failed = record.find("failed")->items().at(0).string();
  const std::string expected = "aaaaaaaaaaaaaaaa";
  const std::string found = "abababababababab";
  EXPECT_TRUE(failed.starts_with("measurement (policy.measurement): expected exactly "));
  EXPECT_NE(failed.find(expected), std::string::npos);
  EXPECT_NE(failed.find(found), std::string::npos);
  EXPECT_NE(failed.find("another program was launched"), std::string::npos);
  const std::string body(as_text(response.body));
  EXPECT_EQ(body.find(expected), std::string::npos);
  EXPECT_EQ(body.find(found), std::string::npos);
}

TEST(BrokerAudit, ARefusalAtASecretNamesItToTheOwner) {
  Scene scene;
  scene.put("default/strict/1", "x",
            test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }"));
  Guest guest;
  scene.join(guest);
  const net::Response response = scene.fetch(guest, "default/strict/1");
  const Json record = *scene.state->audit(audit_id_of(response));
  EXPECT_EQ(*record.string_at("resource"), "default/strict/1");
  EXPECT_EQ(*record.string_at("decision"), "refusal");
}

// Also where the secret's policy does not even trust the root that the baseline trusts.
TEST(BrokerAudit, ASecretsPolicyMayTrustLessThanTheBaseline) {
  Scene scene;
  const std::string good = test::good_policy();
  scene.put("default/real/1", "x", test::parse(good.substr(0, good.find("[[simulated]]"))));
  Guest guest;
  scene.join(guest);
  const net::Response response = scene.fetch(guest, "default/real/1");
  const Json record = *scene.state->audit(audit_id_of(response));
  EXPECT_EQ(*record.string_at("resource"), "default/real/1");
}

TEST(BrokerAudit, RefusalsOfStrangersAreCountedByMinute) {
  Scene scene;
  Guest guest;
  guest.collateral.erase("vcek");
  std::string id;
  for (int i = 0; i < 5; ++i) {
    const net::Response response = scene.join(guest);
    EXPECT_TRUE(id.empty() || audit_id_of(response) == id);
    id = audit_id_of(response);
  }
  EXPECT_EQ(id.size(), 16U);
  EXPECT_TRUE(scene.ledger().empty());
  EXPECT_FALSE(scene.state->audit(id).ok());
  scene.clock.advance(60);
  scene.join(guest);  // of the next minute
  scene.stop();
  const std::vector<Json> ledger = scene.ledger();
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(type_of(ledger[0]), "release-refusal");
  EXPECT_EQ(detail_at(ledger[0], "count"), "5");
  EXPECT_EQ(detail_at(ledger[1], "count"), "1");
  const Json record = *scene.state->audit(id);
  expect_matches(ledger[0], record);
  EXPECT_EQ(*record.integer_at("count"), 5);
  EXPECT_EQ(*record.string_at("minute"), format_rfc3339(test::kSimNow));
  EXPECT_EQ(*record.object_at("example")->string_at("verdict"), "refused");
}

TEST(BrokerAudit, CountedRefusalsAreWrittenWithoutAnotherRequest) {
  Scene scene;
  Guest guest;
  guest.collateral.erase("vcek");
  scene.join(guest);
  scene.clock.advance(60);
  for (int i = 0; i < 100 && scene.ledger().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(scene.ledger().size(), 1U);
}

TEST(BrokerAudit, ReasonsAreCountedApart) {
  Scene scene;
  Guest first;
  first.collateral.erase("vcek");
  Guest second;
  second.tamper = [](kbs::Attestation& message) {
    message.primary_evidence = codec::Json::object();
  };
  const std::string one = audit_id_of(scene.join(first));
  const std::string other = audit_id_of(scene.join(second));
  EXPECT_NE(one, other);
  scene.stop();
  EXPECT_EQ(scene.ledger().size(), 2U);
  const Json record = *scene.state->audit(other);
  EXPECT_EQ(*record.string_at("reason"), "kbs.snp_evidence");
  EXPECT_EQ(*record.object_at("example")->string_at("code"), "malformed");
}

// Evidence seen elsewhere, sent by a stranger: the workload it belongs to loses nothing.
TEST(BrokerAudit, ReplayedEvidenceUsesUpNobodysQuota) {
  Scene scene;
  Guest guest;
  const kbs::Attestation stolen = guest.attestation("AAAA");
  for (int i = 0; i < RefusalQuota::kPerHour + 5; ++i) {
    Guest stranger;
    scene.auth(stranger);
    kbs::Attestation message = stolen;
    message.nonce = stranger.nonce;
    expect_denied(scene.post("/kbs/v0/attest", kbs::to_json(message), stranger.cookie), "binding",
                  "broker.binding");
  }
  EXPECT_TRUE(scene.ledger().empty());
  scene.put("default/strict/1", "x",
            test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }"));
  scene.join(guest);
  scene.fetch(guest, "default/strict/1");
  EXPECT_EQ(scene.ledger().size(), 1U);
}

TEST(BrokerAudit, BeyondItsQuotaAWorkloadsRefusalsAreCounted) {
  Scene scene;
  scene.put("default/strict/1", "x",
            test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }"));
  Guest guest;
  scene.join(guest);
  for (int i = 0; i < RefusalQuota::kPerHour + 3; ++i) {
    expect_denied(scene.fetch(guest, "default/strict/1"), "tcb.snp", "policy.tcb");
  }
  EXPECT_EQ(scene.ledger().size(), static_cast<std::size_t>(RefusalQuota::kPerHour));
  // Its grants go on, and so does everybody else.
  EXPECT_EQ(scene.fetch(guest).status, 200);
  scene.stop();
  EXPECT_EQ(detail_at(scene.ledger().back(), "count"), "3");
}

TEST(BrokerAudit, TheSessionsIdIsNotWrittenDown) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  scene.fetch(guest);
  const Json record = *scene.state->audit(detail_at(scene.ledger().at(0), "audit"));
  const std::string id = guest.cookie.substr(guest.cookie.find('=') + 1);
  EXPECT_EQ(codec::to_json(record).find(id), std::string::npos);
}

// [ARCHITECTURE 1.7] No name and no value of a secret in ledger, answer, log line or file.
TEST(BrokerAudit, NobodyElseLearnsASecretsName) {
  Scene scene;
  const std::string name = "quite/secretive/name7";
  const std::string value = "this must stay inside";
  scene.put(name, value, test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }"));
  Guest guest;
  scene.join(guest);
  scene.fetch(guest, name);
  scene.fetch(guest, "quite/secretive/name8");
  scene.put(name, value, test::parse(test::good_policy()));
  EXPECT_EQ(scene.opened(guest, scene.fetch(guest, name)), value);
  scene.get("/ledger/entry?index=0");
  scene.get("/ledger/proof?index=1");
  scene.stop();
  std::string all = scene.log.text();
  for (const net::Response& answer : scene.answers) {
    all += as_text(answer.body);
    for (const net::HeaderField& field : answer.headers.list()) {
      all += field.name + field.value;
    }
  }
  for (const Json& entry : scene.ledger()) {
    all += codec::to_json(entry);
  }
  EXPECT_GT(all.size(), 1000U);
  EXPECT_EQ(all.find("secretive"), std::string::npos);
  EXPECT_EQ(all.find(value), std::string::npos);
}

TEST(BrokerAudit, LogLinesHoldStatusAndReasons) {
  Scene scene;
  Guest guest;
  guest.tamper = [](kbs::Attestation& message) {
    message.primary_evidence = codec::Json::object();
  };
  scene.join(guest);
  EXPECT_EQ(scene.log.text(),
            "broker.request status=200\n"
            "broker.refused reason=kbs.snp_evidence\n"
            "broker.request status=401\n");
}

}  // namespace
}  // namespace claustrum::broker
