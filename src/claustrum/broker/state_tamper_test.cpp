// SPDX-License-Identifier: Apache-2.0
// The adversary runs the database: what becomes of rows it changes, moves, drops or puts back.
#include <gtest/gtest.h>

#include "claustrum/broker/test_scene.h"

namespace claustrum::broker {
namespace {

using test::master_key;

struct BrokerTamper : testing::Test {
  BrokerTamper() {
    EXPECT_TRUE(state->put_secret("a/b/c", secret("one"), policy).ok());
    EXPECT_TRUE(state->put_secret("a/b/d", secret("two"), policy).ok());
    for (const char* entry : {"0", "1", "2"}) {
      EXPECT_TRUE(state->record(as_bytes(entry), entry, codec::Json(entry)).ok());
    }
  }
  static SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }
  // What a host with the file does.
  void sql(std::string_view statement) {
    auto database = store::Database::open(path, state_schema()).value();
    auto transaction = database->begin().value();
    ASSERT_TRUE(transaction.run(statement).ok()) << statement;
    ASSERT_TRUE(transaction.commit().ok());
  }
  void put_head(BytesView sealed, std::int64_t sequence) {
    auto database = store::Database::open(path, state_schema()).value();
    auto transaction = database->begin().value();
    {
      auto row = transaction.prepare("UPDATE head SET sequence = ?1, sealed = ?2");
      ASSERT_TRUE(row->bind(1, sequence).bind(2, sealed).run().ok());
    }
    ASSERT_TRUE(transaction.commit().ok());
  }
  Result<std::unique_ptr<State>> reopen() { return State::open(path, master_key()); }
  void expect_not_opened(Code code, std::string_view reason) {
    const auto opened = reopen();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), code) << opened.error().message();
    EXPECT_EQ(opened.error().reason(), reason) << opened.error().message();
  }
  template <typename T>
  static void expect_error(const Result<T>& result, Code code, std::string_view reason) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_EQ(result.error().reason(), reason) << result.error().message();
  }

  store::testing::TempFolder folder;
  std::string path = folder.path("broker.db");
  policy::Policy policy = test::parse(test::good_policy());
  std::unique_ptr<State> state = State::open(path, master_key()).value();
};

TEST_F(BrokerTamper, ASecretPutUnderAnotherNameDoesNotOpen) {
  sql("UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'a/b/d')"
      " WHERE name = 'a/b/c'");
  expect_error(state->find_secret("a/b/c"), Code::kBadSignature, "store.row");
  EXPECT_TRUE(state->find_secret("a/b/d").ok());
}

TEST_F(BrokerTamper, ARenamedSecretIsNoticed) {
  sql("UPDATE secrets SET name = 'a/b/e' WHERE name = 'a/b/c'");
  expect_error(state->find_secret("a/b/c"), Code::kMismatch, "broker.secret_row");
  expect_not_opened(Code::kMismatch, "broker.secret_index");
}

TEST_F(BrokerTamper, ADroppedSecretIsNoticed) {
  sql("DELETE FROM secrets WHERE name = 'a/b/c'");
  expect_error(state->find_secret("a/b/c"), Code::kMismatch, "broker.secret_row");
  expect_not_opened(Code::kMismatch, "broker.secret_index");
}

// The row was ours once and would open.
TEST_F(BrokerTamper, AnOlderVersionPutBackIsNoticed) {
  auto database = store::Database::open(path, state_schema()).value();
  Bytes sealed;
  std::int64_t sequence = 0;
  {
    auto transaction = database->begin_read().value();
    auto row = transaction.prepare("SELECT sealed, sequence FROM secrets WHERE name = 'a/b/c'");
    ASSERT_TRUE(*row->step());
    sealed = *row->blob(0);
    sequence = *row->integer(1);
  }
  ASSERT_EQ(*state->put_secret("a/b/c", secret("changed"), policy), 2);
  {
    auto transaction = database->begin().value();
    {
      auto row = transaction.prepare(
          "UPDATE secrets SET version = 1, sealed = ?1, sequence = ?2 WHERE name = 'a/b/c'");
      ASSERT_TRUE(row->bind(1, sealed).bind(2, sequence).run().ok());
    }
    ASSERT_TRUE(transaction.commit().ok());
  }
  expect_error(state->find_secret("a/b/c"), Code::kMismatch, "broker.secret_row");
  expect_not_opened(Code::kMismatch, "broker.secret_index");
}

TEST_F(BrokerTamper, APolicysTextIsTheOneOfItsDigest) {
  const policy::Policy other =
      test::policy_with("snp = { at-least = 27 }", "snp = { at-least = 0 }");
  const store::RowSealer sealer(master_key());
  const BytesView digest(policy.digest());
  const Bytes sealed =
      sealer.seal({"policies", "default", "", 0, digest, 99}, as_bytes(other.text()));
  auto database = store::Database::open(path, state_schema()).value();
  {
    auto transaction = database->begin().value();
    {
      auto row = transaction.prepare("UPDATE policies SET sequence = 99, sealed = ?1");
      ASSERT_TRUE(row->bind(1, sealed).run().ok());
    }
    ASSERT_TRUE(transaction.commit().ok());
  }
  expect_error(state->find_secret("a/b/c"), Code::kMismatch, "broker.policy_row");
}

TEST_F(BrokerTamper, AnOlderStatePutBackIsNoticedWhileRunning) {
  auto database = store::Database::open(path, state_schema()).value();
  Bytes sealed;
  {
    auto transaction = database->begin_read().value();
    auto row = transaction.prepare("SELECT sealed FROM head");
    ASSERT_TRUE(*row->step());
    sealed = *row->blob(0);
  }
  ASSERT_EQ(*state->append(as_bytes("3")), 3U);
  sql("DELETE FROM ledger WHERE position = 3");
  put_head(sealed, 5);
  expect_error(state->refresh(), Code::kStale, "broker.rollback");
  expect_error(state->find_secret("a/b/c"), Code::kStale, "broker.rollback");
  expect_error(state->append(as_bytes("4")), Code::kStale, "broker.rollback");
  // A fresh start sees nothing wrong: that takes a witness.
  EXPECT_TRUE(reopen().ok());
}

// Two states under one number: one of them was shown to somebody else.
TEST_F(BrokerTamper, AForkOfTheStateIsNoticed) {
  StateHead head = empty_head();
  head.sequence = 5;
  head.ledger_size = 3;
  const store::RowSealer sealer(master_key());
  put_head(sealer.seal({"head", "default", "", 0, {}, 5}, as_bytes(to_jcs(head))), 5);
  expect_error(state->refresh(), Code::kMismatch, "broker.head");
}

TEST_F(BrokerTamper, AHeadOfAnotherFormIsRefused) {
  const store::RowSealer sealer(master_key());
  put_head(sealer.seal({"head", "default", "", 0, {}, 5}, as_bytes("{}")), 5);
  EXPECT_FALSE(state->refresh().ok());
}

TEST_F(BrokerTamper, AnEntryThatIsMissingIsAGap) {
  sql("DELETE FROM ledger WHERE position = 1");
  expect_not_opened(Code::kMismatch, "broker.ledger_gap");
}

// Positions closed up again, or moved: the same entries in the same order, and yet a gap.
TEST_F(BrokerTamper, AnEntryThatMovedIsAGap) {
  sql("UPDATE ledger SET position = 7 WHERE position = 2");
  expect_not_opened(Code::kMismatch, "broker.ledger_gap");
}

TEST_F(BrokerTamper, AChangedEntryIsNoticed) {
  sql("UPDATE ledger SET entry = x'39' WHERE position = 1");
  expect_not_opened(Code::kMismatch, "broker.ledger_chain");
}

TEST_F(BrokerTamper, ALedgerCutAtItsEndIsNoticed) {
  sql("DELETE FROM ledger WHERE position = 2");
  expect_not_opened(Code::kMismatch, "broker.ledger_chain");
}

TEST_F(BrokerTamper, AnEntryOfTheHostsIsNoticed) {
  sql("INSERT INTO ledger VALUES(3, x'39')");
  expect_not_opened(Code::kMismatch, "broker.ledger_chain");
  EXPECT_FALSE(state->append(as_bytes("3")).ok());
}

TEST_F(BrokerTamper, AStateWithoutItsHeadIsNotOurs) {
  sql("DELETE FROM head");
  expect_error(state->find_secret("a/b/c"), Code::kStale, "broker.rollback");
  expect_not_opened(Code::kMismatch, "broker.ledger_chain");
}

TEST_F(BrokerTamper, AHeadWithAnotherNumberDoesNotOpen) {
  sql("UPDATE head SET sequence = sequence + 1");
  expect_error(state->refresh(), Code::kBadSignature, "store.row");
}

TEST_F(BrokerTamper, AuditRecordsDoNotMove) {
  sql("UPDATE audit SET id = '9' WHERE id = '1'");
  expect_error(state->audit("9"), Code::kBadSignature, "store.row");
  expect_error(state->audit("1"), Code::kNotFound, "broker.audit");
}

}  // namespace
}  // namespace claustrum::broker
