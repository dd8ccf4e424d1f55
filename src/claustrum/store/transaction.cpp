// SPDX-License-Identifier: Apache-2.0
// Statements and transactions (database.h).
#include "claustrum/store/connection.h"

namespace claustrum::store {

// Shared by a transaction and its statements: is it still open?
using Alive = std::shared_ptr<const std::atomic<bool>>;

struct Statement::State {
  StatementHandle handle;
  Alive alive;
  int bind_code = SQLITE_OK;
  bool row = false;
};

struct Transaction::State {
  State(Connection& from, bool reads_only) : connection(from), read_only(reads_only) {}
  Connection& connection;
  bool read_only;
  std::shared_ptr<std::atomic<bool>> alive = std::make_shared<std::atomic<bool>>(true);

  void end() {
    alive->store(false);
    connection.unlock();
  }
};

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement::~Statement() = default;

namespace {

void keep_first(int& kept, int code) {
  if (kept == SQLITE_OK) {
    kept = code;
  }
}

}  // namespace

Statement& Statement::bind(int index, std::int64_t value) {
  keep_first(state_->bind_code, sqlite3_bind_int64(state_->handle.get(), index, value));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  keep_first(state_->bind_code, sqlite3_bind_text64(state_->handle.get(), index, data, text.size(),
                                                    SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, BytesView blob) {
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  keep_first(state_->bind_code,
             sqlite3_bind_blob64(state_->handle.get(), index, data, blob.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  keep_first(state_->bind_code, sqlite3_bind_null(state_->handle.get(), index));
  return *this;
}

Result<bool> Statement::step() {
  state_->row = false;
  if (!state_->alive->load()) {
    return Error(Code::kInternal, "store.statement", "used after its transaction");
  }
  if (state_->bind_code != SQLITE_OK) {
    return error_of(state_->bind_code, "cannot bind");
  }
  const int code = sqlite3_step(state_->handle.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    sqlite3_reset(state_->handle.get());
    return error_of(code, "cannot step");
  }
  state_->row = code == SQLITE_ROW;
  if (!state_->row) {
    sqlite3_reset(state_->handle.get());  // releases its locks before the commit
  }
  return state_->row;
}

Status Statement::run() {
  CLAUSTRUM_TRY_ASSIGN(const bool row, step());
  if (row) {
    reset();
    return Error(Code::kInternal, "store.sql", "a row where none was expected");
  }
  return {};
}

Statement& Statement::reset() {
  sqlite3_reset(state_->handle.get());
  sqlite3_clear_bindings(state_->handle.get());
  state_->bind_code = SQLITE_OK;
  state_->row = false;
  return *this;
}

bool Statement::has_column(int column, int type) const {
  return state_->row && state_->alive->load() && column >= 0 &&
         column < sqlite3_column_count(state_->handle.get()) &&
         sqlite3_column_type(state_->handle.get(), column) == type;
}

namespace {

Error column_error() {
  return Error(Code::kMalformed, "store.column", "no such column, or another type");
}

}  // namespace

Result<std::int64_t> Statement::integer(int column) const {
  if (!has_column(column, SQLITE_INTEGER)) {
    return column_error();
  }
  return sqlite3_column_int64(state_->handle.get(), column);
}

Result<std::string> Statement::text(int column) const {
  if (!has_column(column, SQLITE_TEXT)) {
    return column_error();
  }
  // As a blob: the same UTF-8 bytes, without SQLite's pointer to unsigned char for text.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(state_->handle.get(), column));
  const int length = sqlite3_column_bytes(state_->handle.get(), column);
  return data == nullptr ? std::string() : std::string(data, static_cast<std::size_t>(length));
}

Result<Bytes> Statement::blob(int column) const {
  if (!has_column(column, SQLITE_BLOB)) {
    return column_error();
  }
  const auto* data =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(state_->handle.get(), column));
  const int length = sqlite3_column_bytes(state_->handle.get(), column);
  return data == nullptr ? Bytes() : Bytes(data, data + length);
}

bool Statement::is_null(int column) const {
  return has_column(column, SQLITE_NULL);
}

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transaction::Transaction(Transaction&&) noexcept = default;

Transaction::~Transaction() {
  if (state_ != nullptr && state_->alive->load()) {
    (void)execute(state_->connection.handle(), "ROLLBACK");
    state_->end();
  }
}

Result<Statement> Transaction::prepare(std::string_view sql) {
  CLAUSTRUM_CHECK(state_->alive->load());
  auto state = std::make_unique<Statement::State>();
  CLAUSTRUM_TRY_ASSIGN(state->handle, store::prepare(state_->connection.handle(), sql));
  if (state_->read_only && sqlite3_stmt_readonly(state->handle.get()) == 0) {
    return Error(Code::kInternal, "store.sql", "a write in a transaction for reading");
  }
  state->alive = state_->alive;
  return Statement(std::move(state));
}

Status Transaction::run(std::string_view sql) {
  CLAUSTRUM_TRY_ASSIGN(Statement statement, prepare(sql));
  return statement.run();
}

std::int64_t Transaction::changes() const {
  return sqlite3_changes64(state_->connection.handle());
}

Status Transaction::commit() {
  CLAUSTRUM_CHECK(state_->alive->load());
  // A failed commit stays open; the destructor then rolls it back.
  CLAUSTRUM_TRY(execute(state_->connection.handle(), "COMMIT"));
  state_->end();
  return {};
}

Result<Transaction> Database::begin_with(Access access) {
  const bool read_only = access == Access::kRead;
  connection_->lock();
  const Status begun =
      execute(connection_->handle(), read_only ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE");
  if (!begun.ok()) {
    connection_->unlock();
    return begun.error();
  }
  return Transaction(std::make_unique<Transaction::State>(*connection_, read_only));
}

Result<Transaction> Database::begin() {
  return begin_with(Access::kWrite);
}

Result<Transaction> Database::begin_read() {
  return begin_with(Access::kRead);
}

}  // namespace claustrum::store
