// SPDX-License-Identifier: Apache-2.0
// For this folder's tests: a temporary database with one table.
#pragma once

#include <stdlib.h>  // NOLINT: mkdtemp is not in <cstdlib>

#include <filesystem>

#include "claustrum/store/database.h"

namespace claustrum::store::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string name = std::filesystem::temp_directory_path().string() + "/claustrum-XXXXXX";
    CLAUSTRUM_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline Schema test_schema() {
  return {0x636c7374,
          {"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
           "payload BLOB) STRICT"}};
}

inline std::unique_ptr<Database> open_or_die(const std::string& path,
                                             const Schema& schema = test_schema()) {
  auto database = Database::open(path, schema);
  CLAUSTRUM_CHECK(database.ok());
  return std::move(database).value();
}

inline Status insert(Transaction& transaction, std::int64_t id, std::string_view name,
                     BytesView payload = {}) {
  CLAUSTRUM_TRY_ASSIGN(Statement statement,
                       transaction.prepare("INSERT INTO item VALUES (?1, ?2, ?3)"));
  return statement.bind(1, id).bind(2, name).bind(3, payload).run();
}

inline Result<std::int64_t> count_items(Database& database) {
  CLAUSTRUM_TRY_ASSIGN(Transaction transaction, database.begin_read());
  CLAUSTRUM_TRY_ASSIGN(Statement statement, transaction.prepare("SELECT count(*) FROM item"));
  CLAUSTRUM_TRY(statement.step());
  return statement.integer(0);
}

}  // namespace claustrum::store::testing
