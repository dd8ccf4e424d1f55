// SPDX-License-Identifier: Apache-2.0
#include "claustrum/store/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>

#include "claustrum/store/connection.h"
#include "claustrum/store/test_database.h"

namespace claustrum::store {
namespace {

using testing::insert;
using testing::open_or_die;
using testing::TempFolder;
using testing::test_schema;

class DatabaseFile : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path("state.db"); }

  // What a hostile host does with its own SQLite.
  void tamper(std::string_view sql) const {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &raw), SQLITE_OK);
    const Handle handle(raw);
    const Status done = execute(handle.get(), sql);
    ASSERT_TRUE(done.ok()) << done.error().message();
  }

  void expect_refused(Code code, std::string_view reason, const Schema& schema = test_schema()) {
    const auto database = Database::open(path(), schema);
    ASSERT_FALSE(database.ok());
    EXPECT_EQ(database.error().code(), code) << database.error().message();
    EXPECT_EQ(database.error().reason(), reason) << database.error().message();
  }

  void overwrite(std::streamoff offset, std::size_t count, char value) const {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file << std::string(count, value);
  }

  TempFolder folder_;
};

TEST_F(DatabaseFile, IsMadeForItsOwnerOnly) {
  open_or_die(path());
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(DatabaseFile, KeepsRowsAcrossReopening) {
  {
    const auto database = open_or_die(path());
    auto transaction = database->begin();
    ASSERT_TRUE(insert(*transaction, 1, "a", as_bytes("payload")).ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  const auto database = open_or_die(path());
  auto transaction = database->begin_read();
  auto statement = transaction->prepare("SELECT payload FROM item WHERE name = ?1");
  ASSERT_TRUE(*statement->bind(1, "a").step());
  EXPECT_EQ(as_text(*statement->blob(0)), "payload");
}

TEST_F(DatabaseFile, WritesAheadAndSyncsFully) {
  const auto database = open_or_die(path());
  auto transaction = database->begin();
  auto mode = transaction->prepare("PRAGMA journal_mode");
  ASSERT_TRUE(*mode->step());
  EXPECT_EQ(*mode->text(0), "wal");
  auto sync = transaction->prepare("PRAGMA synchronous");
  ASSERT_TRUE(*sync->step());
  EXPECT_EQ(*sync->integer(0), 2);
  auto keys = transaction->prepare("PRAGMA foreign_keys");
  ASSERT_TRUE(*keys->step());
  EXPECT_EQ(*keys->integer(0), 1);
}

TEST_F(DatabaseFile, MayBeMadeByManyAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const std::string path = folder_.path("many" + std::to_string(round));
    std::array<std::string, 6> reasons;
    {
      std::vector<std::jthread> threads;
      for (std::string& reason : reasons) {
        threads.emplace_back([&reason, &path] {
          const auto database = Database::open(path, test_schema());
          reason = database.ok() ? "" : database.error().message();
        });
      }
    }
    for (const std::string& reason : reasons) {
      EXPECT_EQ(reason, "") << round;
    }
  }
}

TEST_F(DatabaseFile, MigratesForwardKeepingRows) {
  {
    const auto database = open_or_die(path());
    auto transaction = database->begin();
    ASSERT_TRUE(insert(*transaction, 1, "a").ok());
    ASSERT_TRUE(transaction->commit().ok());
  }
  Schema newer = test_schema();
  newer.migrations.push_back("ALTER TABLE item ADD COLUMN extra INTEGER NOT NULL DEFAULT 7");
  newer.migrations.push_back("CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT");
  for (int round = 0; round < 2; ++round) {
    const auto database = open_or_die(path(), newer);
    auto transaction = database->begin_read();
    auto statement = transaction->prepare("SELECT extra FROM item WHERE id = 1");
    ASSERT_TRUE(*statement->step());
    EXPECT_EQ(*statement->integer(0), 7);
  }
}

TEST_F(DatabaseFile, RefusesANewerSchema) {
  Schema newer = test_schema();
  newer.migrations.push_back("CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT");
  open_or_die(path(), newer);
  expect_refused(Code::kUnsupported, "store.schema");
}

TEST_F(DatabaseFile, AFailedMigrationChangesNothing) {
  open_or_die(path());
  Schema broken = test_schema();
  broken.migrations.push_back("CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT");
  broken.migrations.push_back("CREATE TABLE item (id INTEGER)");
  EXPECT_FALSE(Database::open(path(), broken).ok());
  open_or_die(path());
}

TEST_F(DatabaseFile, RefusesAnotherApplicationsFile) {
  open_or_die(path());
  Schema other = test_schema();
  other.application_id = 5;
  expect_refused(Code::kMismatch, "store.application", other);
}

TEST_F(DatabaseFile, RefusesATriggerTheHostAdded) {
  open_or_die(path());
  tamper("CREATE TRIGGER evil AFTER INSERT ON item BEGIN DELETE FROM item; END");
  expect_refused(Code::kMismatch, "store.tables");
}

TEST_F(DatabaseFile, RefusesATableTheHostRemade) {
  open_or_die(path());
  tamper("DROP TABLE item; CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, payload BLOB)");
  expect_refused(Code::kMismatch, "store.tables");
}

TEST_F(DatabaseFile, RunsNoTriggerEvenIfAddedAfterOpening) {
  const auto database = open_or_die(path());
  tamper("CREATE TRIGGER evil AFTER INSERT ON item BEGIN DELETE FROM item; END");
  auto transaction = database->begin();
  ASSERT_TRUE(insert(*transaction, 1, "a").ok());
  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_EQ(*testing::count_items(*database), 1);
}

TEST_F(DatabaseFile, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path()) << std::string(8192, 'x');
  expect_refused(Code::kMalformed, "store.corrupt");
}

TEST_F(DatabaseFile, RefusesABrokenPage) {
  {
    const auto database = open_or_die(path());
    auto transaction = database->begin();
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(insert(*transaction, i, std::to_string(i), Bytes(100, 1)).ok());
    }
    ASSERT_TRUE(transaction->commit().ok());
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path()));
  ASSERT_GT(size, 10 * 4096);
  overwrite(size - 4096, 4096, '\0');
  expect_refused(Code::kMalformed, "store.corrupt");
}

TEST_F(DatabaseFile, ATruncatedFileIsACleanError) {
  {
    const auto database = open_or_die(path());
    auto transaction = database->begin();
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(insert(*transaction, i, std::to_string(i), Bytes(100, 1)).ok());
    }
    ASSERT_TRUE(transaction->commit().ok());
  }
  const auto size = std::filesystem::file_size(path());
  for (std::uintmax_t keep = size - 4096; keep > 4096; keep -= 8192) {
    std::filesystem::resize_file(path(), keep);
    expect_refused(Code::kMalformed, "store.corrupt");
  }
}

TEST_F(DatabaseFile, AFolderThatDoesNotExistIsACleanError) {
  const auto database = Database::open(folder_.path("none/state.db"), test_schema());
  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.error().reason(), "store.open");
}

}  // namespace
}  // namespace claustrum::store
