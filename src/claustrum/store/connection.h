// SPDX-License-Identifier: Apache-2.0
// The SQLite handle and its error codes; internal to this folder, the only one that includes
// <sqlite3.h> [src/claustrum/LAYERS].
#pragma once

#include <sqlite3.h>

#include "claustrum/store/database.h"

namespace claustrum::store {

struct HandleDeleter {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, HandleDeleter>;

struct StatementDeleter {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

// The handle, and whose it is at the moment.
class Connection {
 public:
  explicit Connection(Handle handle) : handle_(std::move(handle)) {}
  sqlite3* handle() const { return handle_.get(); }
  // Blocks; aborts if this thread holds it already, which would wait for ever.
  void lock();
  void unlock();

 private:
  Handle handle_;
  std::mutex mutex_;
  std::atomic<std::thread::id> owner_{};
};

// Our error for an SQLite result code; `what` is a literal.
Error error_of(int sqlite_code, std::string_view what);
Result<StatementHandle> prepare(sqlite3* handle, std::string_view sql);
// Runs one or more statements without parameters; rows are ignored.
Status execute(sqlite3* handle, std::string_view sql);
Result<std::int64_t> query_integer(sqlite3* handle, std::string_view sql);

}  // namespace claustrum::store
