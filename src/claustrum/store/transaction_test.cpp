// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "claustrum/store/test_database.h"

namespace claustrum::store {
namespace {

using testing::count_items;
using testing::insert;
using testing::open_or_die;
using testing::TempFolder;

class StoreTransaction : public ::testing::Test {
 protected:
  std::unique_ptr<Database> database_ = open_or_die(":memory:");
};

TEST_F(StoreTransaction, WithoutCommitNothingHappened) {
  {
    auto transaction = database_->begin();
    ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  }
  EXPECT_EQ(*count_items(*database_), 0);
}

TEST_F(StoreTransaction, CommitsAllOfIt) {
  auto transaction = database_->begin();
  ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  ASSERT_TRUE(insert(*transaction, 2, "b").ok());
  EXPECT_EQ(transaction->changes(), 1);
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_EQ(*count_items(*database_), 2);
}

TEST_F(StoreTransaction, ValuesComeBackAsTheyWere) {
  const std::string text("zero\0inside", 11);
  const Bytes blob{0, 1, 255};
  auto transaction = database_->begin();
  ASSERT_TRUE(insert(*transaction, INT64_MIN, text, blob).ok());
  ASSERT_TRUE(insert(*transaction, 0, "", Bytes()).ok());
  auto statement = transaction->prepare("SELECT id, name, payload FROM item ORDER BY id");
  ASSERT_TRUE(*statement->step());
  EXPECT_EQ(*statement->integer(0), INT64_MIN);
  EXPECT_EQ(*statement->text(1), text);
  EXPECT_EQ(*statement->blob(2), blob);
  ASSERT_TRUE(*statement->step());
  EXPECT_EQ(*statement->integer(0), 0);
  EXPECT_EQ(*statement->text(1), "");
  EXPECT_TRUE(statement->blob(2)->empty());
  EXPECT_FALSE(*statement->step());
}

TEST_F(StoreTransaction, AColumnOfAnotherTypeIsAnError) {
  auto transaction = database_->begin();
  ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  auto statement = transaction->prepare("SELECT name, NULL FROM item");
  EXPECT_EQ(statement->text(0).error().reason(), "store.column");  // no row yet
  ASSERT_TRUE(*statement->step());
  EXPECT_EQ(statement->integer(0).error().reason(), "store.column");
  EXPECT_EQ(statement->blob(0).error().reason(), "store.column");
  EXPECT_EQ(statement->text(2).error().reason(), "store.column");
  EXPECT_EQ(statement->text(-1).error().reason(), "store.column");
  EXPECT_TRUE(statement->is_null(1));
  EXPECT_FALSE(statement->is_null(0));
}

TEST_F(StoreTransaction, ConstraintsAreConflicts) {
  auto transaction = database_->begin();
  ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  const Status again = insert(*transaction, 2, "a");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::kConflict);
  EXPECT_EQ(again.error().reason(), "store.constraint");
}

TEST_F(StoreTransaction, BindErrorsShowAtTheStep) {
  auto transaction = database_->begin();
  auto statement = transaction->prepare("SELECT ?1");
  EXPECT_FALSE(statement->bind(2, 1).step().ok());
  EXPECT_TRUE(statement->reset().bind(1, 1).step().ok());
}

TEST_F(StoreTransaction, TakesOneStatementAtATime) {
  auto transaction = database_->begin();
  EXPECT_EQ(transaction->prepare("SELECT 1; SELECT 2").error().reason(), "store.sql");
  EXPECT_EQ(transaction->prepare("").error().reason(), "store.sql");
  EXPECT_EQ(transaction->run("SELECT 1").error().reason(), "store.sql");
}

TEST_F(StoreTransaction, StatementsDieWithIt) {
  auto transaction = database_->begin();
  auto statement = transaction->prepare("SELECT 1");
  ASSERT_TRUE(*statement->step());
  statement->reset();
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_EQ(statement->step().error().reason(), "store.statement");
}

TEST_F(StoreTransaction, ReadersDoNotWrite) {
  auto transaction = database_->begin_read();
  EXPECT_EQ(insert(*transaction, 1, "a").error().reason(), "store.sql");
}

TEST_F(StoreTransaction, ErrorsQuoteNoData) {
  auto transaction = database_->begin();
  ASSERT_TRUE(insert(*transaction, 1, "secret-name").ok());
  const Status again = insert(*transaction, 2, "secret-name");
  EXPECT_EQ(again.error().message().find("secret"), std::string::npos);
}

using StoreTransactionDeathTest = StoreTransaction;

TEST_F(StoreTransactionDeathTest, ASecondOneOnTheSameThreadIsABug) {
  EXPECT_DEATH(
      {
        auto first = database_->begin();
        auto second = database_->begin();
      },
      "owner_");
}

constexpr int kWriters = 4;
constexpr int kRowsEach = 50;

void write_rows(Database& database, int writer) {
  for (int i = 0; i < kRowsEach; ++i) {
    auto transaction = database.begin();
    ASSERT_TRUE(transaction.ok()) << transaction.error().message();
    const std::int64_t id = writer * kRowsEach + i;
    ASSERT_TRUE(insert(*transaction, id, std::to_string(id)).ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
}

TEST(StoreConcurrency, ThreadsShareOneDatabase) {
  const TempFolder folder;
  const auto database = open_or_die(folder.path("state.db"));
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&database, writer] { write_rows(*database, writer); });
    }
  }
  EXPECT_EQ(*count_items(*database), kWriters * kRowsEach);
}

TEST(StoreConcurrency, ConnectionsShareOneFile) {
  const TempFolder folder;
  const std::string path = folder.path("state.db");
  const auto keeps_file_open = open_or_die(path);
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&path, writer] {
        const auto database = open_or_die(path);
        write_rows(*database, writer);
      });
    }
  }
  EXPECT_EQ(*count_items(*keeps_file_open), kWriters * kRowsEach);
}

TEST(StoreConcurrency, AReaderSeesOneMoment) {
  const TempFolder folder;
  const auto writer = open_or_die(folder.path("state.db"));
  const auto reader = open_or_die(folder.path("state.db"));
  auto view = reader->begin_read();
  auto count = view->prepare("SELECT count(*) FROM item");
  ASSERT_TRUE(*count->step());
  EXPECT_EQ(*count->integer(0), 0);
  auto transaction = writer->begin();
  ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  ASSERT_TRUE(transaction->commit().ok());
  ASSERT_TRUE(*count->reset().step());
  EXPECT_EQ(*count->integer(0), 0);
}

}  // namespace
}  // namespace claustrum::store
