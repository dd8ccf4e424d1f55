// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/state.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kTenant = "default";
constexpr BytesView kNoPolicy;

const store::Schema& schema() {
  static const store::Schema kSchema{
      0x434c4155,  // "CLAU"
      {
          "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
          "INSERT INTO meta VALUES('sequence', 0);"
          "CREATE TABLE secrets(name TEXT PRIMARY KEY, version INTEGER NOT NULL, policy BLOB NOT "
          "NULL,"
          " sequence INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
          "CREATE TABLE policies(digest BLOB PRIMARY KEY, sequence INTEGER NOT NULL,"
          " sealed BLOB NOT NULL) STRICT;"
          "CREATE TABLE audit(id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL)"
          " STRICT;"
          "CREATE TABLE ledger(position INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;",
      }};
  return kSchema;
}

store::RowIdentity identity(std::string_view table, std::string_view name, std::int64_t version,
                            BytesView policy, std::int64_t sequence) {
  return {table,  kTenant,
          name,   static_cast<std::uint64_t>(version),
          policy, static_cast<std::uint64_t>(sequence)};
}

}  // namespace

State::State(std::unique_ptr<store::Database> database, store::MasterKey master_key)
    : database_(std::move(database)), sealer_(std::move(master_key)) {}

Result<std::unique_ptr<State>> State::open(const std::string& path, store::MasterKey master_key) {
  CLAUSTRUM_TRY_ASSIGN(std::unique_ptr<store::Database> database,
                       store::Database::open(path, schema()));
  std::unique_ptr<State> state(new State(std::move(database), std::move(master_key)));
  CLAUSTRUM_TRY(state->load_tree());
  return state;
}

Status State::load_tree() {
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY_ASSIGN(store::Statement rows,
                       transaction.prepare("SELECT position, entry FROM ledger ORDER BY position"));
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const bool more, rows.step());
    if (!more) {
      return ok_status();
    }
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t position, rows.integer(0));
    CLAUSTRUM_TRY_ASSIGN(const Bytes entry, rows.blob(1));
    if (static_cast<std::uint64_t>(position) != tree_.size()) {
      return Error(Code::kMalformed, "broker.ledger_gap", "the ledger table has a gap");
    }
    tree_.append(entry);
  }
}

Result<std::int64_t> State::next_sequence(store::Transaction& transaction) {
  CLAUSTRUM_TRY(transaction.run("UPDATE meta SET value = value + 1 WHERE name = 'sequence'"));
  CLAUSTRUM_TRY_ASSIGN(store::Statement row,
                       transaction.prepare("SELECT value FROM meta WHERE name = 'sequence'"));
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return Error(Code::kMalformed, "broker.meta", "the state sequence is missing");
  }
  return row.integer(0);
}

Result<std::int64_t> State::put_secret(const std::string& name, const SecretBytes& value,
                                       const policy::Policy& policy) {
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin());
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, next_sequence(transaction));
  std::int64_t version = 1;
  {
    CLAUSTRUM_TRY_ASSIGN(store::Statement old,
                         transaction.prepare("SELECT version FROM secrets WHERE name = ?1"));
    old.bind(1, name);
    CLAUSTRUM_TRY_ASSIGN(const bool found, old.step());
    if (found) {
      CLAUSTRUM_TRY_ASSIGN(const std::int64_t last, old.integer(0));
      version = last + 1;
    }
  }
  {
    CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                         transaction.prepare("INSERT OR REPLACE INTO policies VALUES(?1, ?2, ?3)"));
    write.bind(1, BytesView(policy.digest()))
        .bind(2, sequence)
        .bind(3, sealer_.seal(identity("policies", "", 0, policy.digest(), sequence),
                              as_bytes(policy.text())));
    CLAUSTRUM_TRY(write.run());
  }
  {
    CLAUSTRUM_TRY_ASSIGN(
        store::Statement write,
        transaction.prepare("INSERT OR REPLACE INTO secrets VALUES(?1, ?2, ?3, ?4, ?5)"));
    write.bind(1, name)
        .bind(2, version)
        .bind(3, BytesView(policy.digest()))
        .bind(4, sequence)
        .bind(5, sealer_.seal(identity("secrets", name, version, policy.digest(), sequence),
                              value.reveal()));
    CLAUSTRUM_TRY(write.run());
  }
  CLAUSTRUM_TRY(transaction.commit());
  return version;
}

Result<SecretRecord> State::find_secret(const std::string& name) {
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY_ASSIGN(
      store::Statement row,
      transaction.prepare("SELECT s.version, s.policy, s.sequence, s.sealed, p.sequence, p.sealed"
                          " FROM secrets s JOIN policies p ON p.digest = s.policy"
                          " WHERE s.name = ?1"));
  row.bind(1, name);
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return Error(Code::kNotFound, "broker.secret", "no such secret");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, row.integer(0));
  CLAUSTRUM_TRY_ASSIGN(const Bytes digest, row.blob(1));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, row.integer(2));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, row.blob(3));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t policy_sequence, row.integer(4));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed_policy, row.blob(5));
  CLAUSTRUM_TRY_ASSIGN(SecretBytes value,
                       sealer_.open(identity("secrets", name, version, digest, sequence), sealed));
  CLAUSTRUM_TRY_ASSIGN(
      const SecretBytes text,
      sealer_.open(identity("policies", "", 0, digest, policy_sequence), sealed_policy));
  CLAUSTRUM_TRY_ASSIGN(policy::Policy policy, policy::Policy::parse(text.reveal()));
  return SecretRecord{std::move(value), version, std::move(policy)};
}

Result<std::uint64_t> State::record(BytesView ledger_entry, const std::string& audit_id,
                                    const codec::Json& audit) {
  const std::lock_guard appending(append_mutex_);  // the tree follows the committed order
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin());
  const std::uint64_t position = tree().size();
  if (!audit.is_null()) {
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, next_sequence(transaction));
    CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                         transaction.prepare("INSERT INTO audit VALUES(?1, ?2, ?3)"));
    write.bind(1, audit_id)
        .bind(2, sequence)
        .bind(3, sealer_.seal(identity("audit", audit_id, 0, kNoPolicy, sequence),
                              as_bytes(codec::to_jcs(audit))));
    CLAUSTRUM_TRY(write.run());
  }
  {
    CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                         transaction.prepare("INSERT INTO ledger VALUES(?1, ?2)"));
    write.bind(1, static_cast<std::int64_t>(position)).bind(2, ledger_entry);
    CLAUSTRUM_TRY(write.run());
  }
  CLAUSTRUM_TRY(transaction.commit());
  const std::lock_guard lock(mutex_);
  tree_.append(ledger_entry);
  return position;
}

Result<codec::Json> State::audit(const std::string& id) {
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY_ASSIGN(store::Statement row,
                       transaction.prepare("SELECT sequence, sealed FROM audit WHERE id = ?1"));
  row.bind(1, id);
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return Error(Code::kNotFound, "broker.audit", "no audit record with this id");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, row.integer(0));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, row.blob(1));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes text,
                       sealer_.open(identity("audit", id, 0, kNoPolicy, sequence), sealed));
  return codec::parse_json(text.reveal());
}

ledger::MerkleTree State::tree() const {
  const std::lock_guard lock(mutex_);
  return tree_;
}

Result<Bytes> State::ledger_entry(std::uint64_t index) {
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY_ASSIGN(store::Statement row,
                       transaction.prepare("SELECT entry FROM ledger WHERE position = ?1"));
  row.bind(1, static_cast<std::int64_t>(index));
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return Error(Code::kNotFound, "broker.ledger_entry", "no such ledger entry");
  }
  return row.blob(0);
}

}  // namespace claustrum::broker
