// SPDX-License-Identifier: Apache-2.0
// Durable state in SQLite [ARCHITECTURE 7]. What a caller was told is committed has reached the
// disk (WAL, synchronous=FULL), so a broker may act on it. The file is the host's: a broken file,
// one of another application or of a newer version, and tables, triggers or views that no migration
// of ours made are refused when it is opened. Rows prove themselves (row_sealer.h).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::store {

class Connection;

// migrations[i] brings the schema from version i to i + 1; only ever appended to.
struct Schema {
  std::int32_t application_id = 0;
  std::vector<std::string_view> migrations;
};

// One prepared statement. It belongs to its Transaction and must not outlive it (steps of one that
// does give internal "store.statement"). Bind errors show at the next step.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, int value) { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, BytesView blob);
  Statement& bind(int index, const Bytes& blob) { return bind(index, BytesView(blob)); }
  Statement& bind_null(int index);

  // True: a row is there to read. False: no more rows.
  Result<bool> step();
  // For statements that give no rows.
  Status run();
  // Ready for other bindings.
  Statement& reset();

  // Columns of the current row count from 0. Another type than asked for is malformed
  // "store.column": the host can write anything into its file.
  Result<std::int64_t> integer(int column) const;
  Result<std::string> text(int column) const;
  Result<Bytes> blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Transaction;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  bool has_column(int column, int type) const;
  std::unique_ptr<State> state_;
};

// Exclusive use of the connection from begin() to the end of this object. Rolled back unless
// committed.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<Statement> prepare(std::string_view sql);
  // One statement without parameters or rows.
  Status run(std::string_view sql);
  // Rows changed by the last statement.
  std::int64_t changes() const;
  // After success everything is on disk. Statements of this transaction must be gone or reset.
  Status commit();

 private:
  friend class Database;
  struct State;
  explicit Transaction(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Thread-safe: one connection, used by one transaction at a time.
class Database {
 public:
  // Makes the file (mode 0600) if missing, migrates it forward, checks it. ":memory:" for tests.
  // Errors: malformed "store.corrupt"; mismatch "store.application", "store.tables"; unsupported
  // "store.schema"; unavailable "store.open", "store.busy", "store.io"; exhausted "store.full".
  static Result<std::unique_ptr<Database>> open(const std::string& path, const Schema& schema);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Waits for other threads; for other processes up to the busy timeout, then unavailable
  // "store.busy". Takes the write lock at once (BEGIN IMMEDIATE), so a commit cannot fail because
  // another writer was quicker. A thread that holds one must not begin a second (checked bug).
  Result<Transaction> begin();
  // One consistent view for reading; takes no write lock and prepares no statement that writes
  // (internal "store.sql").
  Result<Transaction> begin_read();

 private:
  explicit Database(std::unique_ptr<Connection> connection);
  enum class Access { kRead, kWrite };
  Result<Transaction> begin_with(Access access);
  std::unique_ptr<Connection> connection_;
};

}  // namespace claustrum::store
