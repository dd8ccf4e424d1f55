// SPDX-License-Identifier: Apache-2.0
// Opening, migrating and checking a database file (database.h).
#include "claustrum/store/database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "claustrum/base/guard.h"
#include "claustrum/store/connection.h"

namespace claustrum::store {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr int kMaxValueLen = 64 * 1024 * 1024;
constexpr std::string_view kInMemory = ":memory:";

// SQLite would make the file with the umask's mode; ours holds sealed rows but also names.
Status create_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Error(Code::kUnavailable, "store.open", "cannot open or make the database file");
  }
  ::close(fd);
  // The new name itself must survive a crash, else the first commits are gone with it.
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder_fd >= 0 && ::fsync(folder_fd) == 0;
  if (folder_fd >= 0) {
    ::close(folder_fd);
  }
  if (!synced) {
    return Error(Code::kUnavailable, "store.io", "cannot sync the database's folder");
  }
  return {};
}

Result<Handle> open_handle(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | (path == kInMemory ? SQLITE_OPEN_MEMORY : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) {
    return error_of(code, "cannot open");
  }
  return handle;
}

// The host wrote this file: what it contains may be data, never behaviour. No trigger or view of
// its making runs, no SQL function is called from its schema, its header cannot be edited by SQL.
Status harden(sqlite3* handle) {
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxValueLen);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                     SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
                     SQLITE_DBCONFIG_DQS_DDL,        SQLITE_DBCONFIG_DQS_DML};
  for (const int option : off) {
    const int code = sqlite3_db_config(handle, option, 0, nullptr);
    if (code != SQLITE_OK) {
      return error_of(code, "cannot configure");
    }
  }
  const int code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return code == SQLITE_OK ? ok_status() : Status(error_of(code, "cannot configure"));
}

Status check_application(sqlite3* handle, const Schema& schema) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t id, query_integer(handle, "PRAGMA application_id"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, query_integer(handle, "PRAGMA user_version"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t objects,
                       query_integer(handle, "SELECT count(*) FROM sqlite_schema"));
  const bool fresh = id == 0 && version == 0 && objects == 0;
  if (!CLAUSTRUM_GUARD("store.application", fresh || id == schema.application_id)) {
    return Error(Code::kMismatch, "store.application", "a database of another application");
  }
  // An older program would misread, or damage, what a newer one wrote.
  if (!CLAUSTRUM_GUARD("store.schema", version >= 0 && version <= static_cast<std::int64_t>(
                                                                      schema.migrations.size()))) {
    return Error(Code::kUnsupported, "store.schema", "written by a newer version");
  }
  return {};
}

// What another process just writes is seen whole or not at all.
Status check_application_at_once(sqlite3* handle, const Schema& schema) {
  CLAUSTRUM_TRY(execute(handle, "BEGIN"));
  Status done = check_application(handle, schema);
  CLAUSTRUM_TRY(execute(handle, "ROLLBACK"));
  return done;
}

// One transaction for all steps that are due: another process sees none or all of them.
Status migrate(sqlite3* handle, const Schema& schema) {
  CLAUSTRUM_TRY(execute(handle, "BEGIN IMMEDIATE"));
  const auto steps = [&]() -> Status {
    CLAUSTRUM_TRY(check_application(handle, schema));
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t from, query_integer(handle, "PRAGMA user_version"));
    for (auto i = static_cast<std::size_t>(from); i < schema.migrations.size(); ++i) {
      CLAUSTRUM_TRY(execute(handle, schema.migrations[i]));
      CLAUSTRUM_TRY(execute(handle, "PRAGMA user_version = " + std::to_string(i + 1)));
    }
    CLAUSTRUM_TRY(
        execute(handle, "PRAGMA application_id = " + std::to_string(schema.application_id)));
    return execute(handle, "COMMIT");
  };
  Status done = steps();
  if (!done.ok()) {
    (void)execute(handle, "ROLLBACK");
  }
  return done;
}

// SQLite does not wait here for another process that makes the same switch.
Status switch_to_wal(sqlite3* handle) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMs);
  for (;;) {
    Status done = execute(handle, "PRAGMA journal_mode = WAL");
    const bool busy = !done.ok() && done.error().reason() == "store.busy";
    if (!busy || std::chrono::steady_clock::now() > deadline) {
      return done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Status check_integrity(sqlite3* handle) {
  CLAUSTRUM_TRY_ASSIGN(const StatementHandle check, prepare(handle, "PRAGMA integrity_check(1)"));
  const int code = sqlite3_step(check.get());
  if (code != SQLITE_ROW) {
    return error_of(code, "integrity check");
  }
  const auto* text = static_cast<const char*>(sqlite3_column_blob(check.get(), 0));
  const auto length = static_cast<std::size_t>(sqlite3_column_bytes(check.get(), 0));
  const bool intact = text != nullptr && std::string_view(text, length) == "ok";
  if (!CLAUSTRUM_GUARD("store.integrity", intact)) {
    return Error(Code::kMalformed, "store.corrupt", "integrity check failed");
  }
  return {};
}

// Every table, index, trigger and view with the SQL that made it.
Result<std::vector<std::string>> schema_objects(sqlite3* handle) {
  CLAUSTRUM_TRY_ASSIGN(
      const StatementHandle list,
      prepare(handle,
              "SELECT type || char(10) || name || char(10) || tbl_name || char(10) || "
              "ifnull(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_stat%' ESCAPE '!' "
              "ORDER BY 1"));
  std::vector<std::string> objects;
  int code = sqlite3_step(list.get());
  for (; code == SQLITE_ROW; code = sqlite3_step(list.get())) {
    const auto* text = static_cast<const char*>(sqlite3_column_blob(list.get(), 0));
    objects.emplace_back(text == nullptr ? "" : text,
                         static_cast<std::size_t>(sqlite3_column_bytes(list.get(), 0)));
  }
  if (code != SQLITE_DONE) {
    return error_of(code, "cannot list tables");
  }
  return objects;
}

// The tables must be those our migrations make, nothing less and nothing more: an added trigger
// could drop a debit, an added default could change what a row means.
Status check_tables(sqlite3* handle, const Schema& schema) {
  CLAUSTRUM_TRY_ASSIGN(const Handle model, open_handle(std::string(kInMemory)));
  CLAUSTRUM_TRY(migrate(model.get(), schema));
  CLAUSTRUM_TRY_ASSIGN(const auto expected, schema_objects(model.get()));
  CLAUSTRUM_TRY_ASSIGN(const auto found, schema_objects(handle));
  if (!CLAUSTRUM_GUARD("store.tables", found == expected)) {
    return Error(Code::kMismatch, "store.tables", "tables that no migration made");
  }
  return {};
}

}  // namespace

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Schema& schema) {
  if (path != kInMemory) {
    CLAUSTRUM_TRY(create_file(path));
  }
  CLAUSTRUM_TRY_ASSIGN(Handle handle, open_handle(path));
  CLAUSTRUM_TRY(harden(handle.get()));
  CLAUSTRUM_TRY(check_application_at_once(handle.get(), schema));
  // Where a file system cannot do WAL, SQLite keeps its rollback journal: slower, as durable.
  CLAUSTRUM_TRY(switch_to_wal(handle.get()));
  CLAUSTRUM_TRY(execute(handle.get(),
                        "PRAGMA synchronous = FULL;"
                        "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                        "PRAGMA mmap_size = 0"));
  CLAUSTRUM_TRY(migrate(handle.get(), schema));
  CLAUSTRUM_TRY(check_integrity(handle.get()));
  CLAUSTRUM_TRY(check_tables(handle.get(), schema));
  return std::unique_ptr<Database>(new Database(std::make_unique<Connection>(std::move(handle))));
}

}  // namespace claustrum::store
