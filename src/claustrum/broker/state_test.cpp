// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/state.h"

#include <gtest/gtest.h>

#include <thread>

#include "claustrum/broker/test_scene.h"
#include "claustrum/ledger/entry.h"

namespace claustrum::broker {
namespace {

using codec::Json;
using test::master_key;
using test::parse;

struct BrokerState : testing::Test {
  std::unique_ptr<State> reopen() { return State::open(path, master_key()).value(); }
  static SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }
  static void expect_value(State& in, const std::string& name, std::string_view value,
                           std::int64_t version) {
    const auto record = in.find_secret(name);
    ASSERT_TRUE(record.ok()) << record.error().message();
    EXPECT_EQ(as_text(record->value.reveal()), value);
    EXPECT_EQ(record->version, version);
  }

  store::testing::TempFolder folder;
  std::string path = folder.path("broker.db");
  policy::Policy policy = parse(test::good_policy());
  std::unique_ptr<State> state = reopen();
};

TEST_F(BrokerState, SecretsHaveVersions) {
  EXPECT_EQ(*state->put_secret("a/b/c", secret("one"), policy), 1);
  EXPECT_EQ(*state->put_secret("a/b/d", secret("other"), policy), 1);
  EXPECT_EQ(*state->put_secret("a/b/c", secret("two"), policy), 2);
  expect_value(*state, "a/b/c", "two", 2);
  expect_value(*state, "a/b/d", "other", 1);
}

TEST_F(BrokerState, EachSecretHasItsOwnPolicy) {
  const policy::Policy strict =
      test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 28 }");
  ASSERT_TRUE(state->put_secret("a/b/c", secret("one"), policy).ok());
  ASSERT_TRUE(state->put_secret("a/b/d", secret("two"), strict).ok());
  EXPECT_EQ(state->find_secret("a/b/c")->policy.digest(), policy.digest());
  EXPECT_EQ(state->find_secret("a/b/d")->policy.text(), strict.text());
  ASSERT_TRUE(state->put_secret("a/b/c", secret("one"), strict).ok());
  EXPECT_EQ(state->find_secret("a/b/c")->policy.digest(), strict.digest());
}

TEST_F(BrokerState, WhatIsNotThereIsNotFound) {
  const auto record = state->find_secret("a/b/c");
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().code(), Code::kNotFound);
  EXPECT_EQ(record.error().reason(), "broker.secret");
  const auto audit = state->audit("0011223344556677");
  ASSERT_FALSE(audit.ok());
  EXPECT_EQ(audit.error().reason(), "broker.audit");
  const auto entry = state->ledger_entry(0);
  ASSERT_FALSE(entry.ok());
  EXPECT_EQ(entry.error().reason(), "broker.ledger_entry");
}

TEST_F(BrokerState, SurvivesReopening) {
  ASSERT_TRUE(state->put_secret("a/b/c", secret("one"), policy).ok());
  ASSERT_EQ(*state->record(as_bytes("entry"), "id", Json::object().set("x", 1)), 0U);
  const ledger::Hash root = state->tree().root();
  state = reopen();
  expect_value(*state, "a/b/c", "one", 1);
  EXPECT_EQ(state->tree().root(), root);
  EXPECT_EQ(*state->audit("id"), Json::object().set("x", 1));
  EXPECT_EQ(as_text(*state->ledger_entry(0)), "entry");
  EXPECT_EQ(*state->append(as_bytes("next")), 1U);
}

TEST_F(BrokerState, ASecretHasALimit) {
  EXPECT_TRUE(state->put_secret("a/b/c", SecretBytes(kMaxSecretLen), policy).ok());
  const auto larger = state->put_secret("a/b/c", SecretBytes(kMaxSecretLen + 1), policy);
  ASSERT_FALSE(larger.ok());
  EXPECT_EQ(larger.error().reason(), "broker.secret_size");
}

TEST_F(BrokerState, AnEntryNobodyCouldReadIsNotRecorded) {
  EXPECT_TRUE(state->append(Bytes(ledger::kMaxEntryLen, 'x')).ok());
  const auto longer = state->append(Bytes(ledger::kMaxEntryLen + 1, 'x'));
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code(), Code::kExhausted);
  EXPECT_EQ(longer.error().reason(), "broker.ledger_entry");
}

TEST_F(BrokerState, ARecordIsThereWithItsEntryOrNotAtAll) {
  ASSERT_TRUE(state->record(as_bytes("one"), "id", Json::object()).ok());
  // The same id again: the whole transaction is undone.
  EXPECT_FALSE(state->record(as_bytes("two"), "id", Json::object()).ok());
  EXPECT_EQ(state->tree().size(), 1U);
  EXPECT_EQ(*state->record(as_bytes("three"), "id2", Json::object()), 1U);
  EXPECT_EQ(reopen()->tree().root(), state->tree().root());
}

TEST_F(BrokerState, AnotherMasterKeyOpensNothing) {
  ASSERT_TRUE(state->put_secret("a/b/c", secret("one"), policy).ok());
  ByteArray<32> other;
  other.fill(0x43);
  const auto opened = State::open(path, store::MasterKey(other));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::kBadSignature);
  EXPECT_EQ(opened.error().reason(), "store.row");
}

TEST_F(BrokerState, TwoProcessesShareOneState) {
  const auto other = reopen();
  ASSERT_TRUE(other->put_secret("a/b/c", secret("one"), policy).ok());
  expect_value(*state, "a/b/c", "one", 1);
  EXPECT_EQ(*state->append(as_bytes("0")), 0U);
  EXPECT_EQ(*other->append(as_bytes("1")), 1U);
  EXPECT_EQ(*state->append(as_bytes("2")), 2U);
  EXPECT_EQ(*state->put_secret("a/b/c", secret("two"), policy), 2);
  expect_value(*other, "a/b/c", "two", 2);
  EXPECT_TRUE(other->refresh().ok());
  EXPECT_EQ(other->tree().root(), state->tree().root());
  EXPECT_EQ(reopen()->tree().root(), state->tree().root());
}

TEST_F(BrokerState, ThreadsRecordInOneOrder) {
  std::vector<std::thread> threads;
  std::array<std::vector<std::uint64_t>, 4> positions;
  for (std::size_t t = 0; t < positions.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string text = std::to_string(t) + "." + std::to_string(i);
        const auto position = state->record(as_bytes(text), text, Json::object());
        ASSERT_TRUE(position.ok());
        positions[t].push_back(*position);
        (void)state->tree();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (std::size_t t = 0; t < positions.size(); ++t) {
    for (std::size_t i = 0; i < positions[t].size(); ++i) {
      const std::string text = std::to_string(t) + "." + std::to_string(i);
      EXPECT_EQ(as_text(*state->ledger_entry(positions[t][i])), text);
    }
  }
  EXPECT_EQ(state->tree().size(), 100U);
  EXPECT_EQ(reopen()->tree().root(), state->tree().root());
}

TEST(BrokerStateHead, RoundTripsAndNothingElseIsRead) {
  StateHead head = empty_head();
  head.sequence = 7;
  head.ledger_size = 3;
  head.ledger_chain.fill(1);
  const std::string text = to_jcs(head);
  EXPECT_EQ(*parse_head(as_bytes(text)), head);
  for (const std::string& other :
       {text + " ", policy::test::replaced(text, "\"version\":1", "\"version\":2"),
        policy::test::replaced(text, "\"sequence\":7", "\"sequence\":0"),
        policy::test::replaced(text, "\"ledger-size\":3", "\"ledger-size\":-1"),
        policy::test::replaced(text, "01", "0"), std::string("{}"), std::string()}) {
    EXPECT_FALSE(parse_head(as_bytes(other)).ok()) << other;
  }
}

TEST(BrokerStateHead, DigestsTellEverythingApart) {
  SecretIndex index;
  index["a"] = {1, Bytes(32, 1), 5};
  const ledger::Hash digest = digest_of(index);
  SecretIndex other = index;
  other["a"].version = 2;
  EXPECT_NE(digest_of(other), digest);
  other = index;
  other["a"].policy_digest[0] = 2;
  EXPECT_NE(digest_of(other), digest);
  other = index;
  other["a"].sequence = 6;
  EXPECT_NE(digest_of(other), digest);
  other = index;
  other["b"] = other["a"];
  EXPECT_NE(digest_of(other), digest);
  EXPECT_NE(digest_of({}), digest);
  EXPECT_NE(extend_chain(digest, {}), extend_chain({}, digest));
}

}  // namespace
}  // namespace claustrum::broker
