// SPDX-License-Identifier: Apache-2.0
// SQLite's codes as ours, and the smallest calls [ARCHITECTURE 7].
#include "claustrum/store/connection.h"

namespace claustrum::store {

void Connection::lock() {
  CLAUSTRUM_CHECK(owner_.load() != std::this_thread::get_id());
  mutex_.lock();
  owner_.store(std::this_thread::get_id());
}

void Connection::unlock() {
  owner_.store({});
  mutex_.unlock();
}

Error error_of(int sqlite_code, std::string_view what) {
  // SQLite's own constant text; its message for the connection may quote data.
  std::string text = std::string(what) + ": " + sqlite3_errstr(sqlite_code);
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Error(Code::kMalformed, "store.corrupt", std::move(text));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(Code::kUnavailable, "store.busy", std::move(text));
    case SQLITE_FULL:
      return Error(Code::kExhausted, "store.full", std::move(text));
    case SQLITE_TOOBIG:
      return Error(Code::kExhausted, "store.too_big", std::move(text));
    case SQLITE_CONSTRAINT:
      return Error(Code::kConflict, "store.constraint", std::move(text));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return Error(Code::kUnavailable, "store.open", std::move(text));
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
      return Error(Code::kUnavailable, "store.io", std::move(text));
    default:
      return Error(Code::kInternal, "store.sqlite", std::move(text));
  }
}

Result<StatementHandle> prepare(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &raw, &tail);
  StatementHandle statement(raw);
  if (code != SQLITE_OK) {
    return error_of(code, "cannot prepare");
  }
  if (statement == nullptr || tail != sql.data() + sql.size()) {
    return Error(Code::kInternal, "store.sql", "not exactly one statement");
  }
  return statement;
}

Status execute(sqlite3* handle, std::string_view sql) {
  const std::string terminated(sql);
  const int code = sqlite3_exec(handle, terminated.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return error_of(code, "cannot execute");
  }
  return {};
}

Result<std::int64_t> query_integer(sqlite3* handle, std::string_view sql) {
  CLAUSTRUM_TRY_ASSIGN(const StatementHandle statement, prepare(handle, sql));
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW) {
    return error_of(code, "cannot read");
  }
  return sqlite3_column_int64(statement.get(), 0);
}

}  // namespace claustrum::store
