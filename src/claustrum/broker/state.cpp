// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/state.h"

#include "claustrum/base/guard.h"
#include "claustrum/ledger/entry.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kTenant = "default";
constexpr BytesView kNoPolicy;

store::RowIdentity identity(std::string_view table, std::string_view name, std::int64_t version,
                            BytesView policy, std::int64_t sequence) {
  return {table,  kTenant,
          name,   static_cast<std::uint64_t>(version),
          policy, static_cast<std::uint64_t>(sequence)};
}

Error not_as_we_left_it(std::string_view reason, std::string text) {
  return Error(Code::kMismatch, reason, std::move(text));
}

struct NewEntries {
  std::vector<ledger::Hash> leaves;
  ledger::Hash chain;
};

Result<NewEntries> read_ledger(store::Transaction& transaction, const StateHead& from) {
  CLAUSTRUM_TRY_ASSIGN(
      store::Statement rows,
      transaction.prepare(
          "SELECT position, entry FROM ledger WHERE position >= ?1 ORDER BY position"));
  rows.bind(1, from.ledger_size);
  NewEntries out{{}, from.ledger_chain};
  for (std::int64_t expected = from.ledger_size;; ++expected) {
    CLAUSTRUM_TRY_ASSIGN(const bool more, rows.step());
    if (!more) {
      return out;
    }
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t position, rows.integer(0));
    CLAUSTRUM_TRY_ASSIGN(const Bytes entry, rows.blob(1));
    if (!CLAUSTRUM_GUARD("broker.ledger_gap", position == expected)) {
      return not_as_we_left_it("broker.ledger_gap", "entry " + std::to_string(expected) +
                                                        " is missing from the ledger table");
    }
    out.leaves.push_back(ledger::leaf_hash(entry));
    out.chain = extend_chain(out.chain, out.leaves.back());
  }
}

}  // namespace

const store::Schema& state_schema() {
  static const store::Schema kSchema{
      0x434c4155,  // "CLAU"
      {
          "CREATE TABLE head(id INTEGER PRIMARY KEY CHECK(id = 1), sequence INTEGER NOT NULL,"
          " sealed BLOB NOT NULL) STRICT;"
          "CREATE TABLE secrets(name TEXT PRIMARY KEY, version INTEGER NOT NULL,"
          " policy BLOB NOT NULL, sequence INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
          "CREATE TABLE policies(digest BLOB PRIMARY KEY, sequence INTEGER NOT NULL,"
          " sealed BLOB NOT NULL) STRICT;"
          "CREATE TABLE audit(id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL)"
          " STRICT;"
          "CREATE TABLE ledger(position INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;",
      }};
  return kSchema;
}

State::State(std::unique_ptr<store::Database> database, store::MasterKey master_key)
    : database_(std::move(database)), sealer_(std::move(master_key)) {}

Result<std::unique_ptr<State>> State::open(const std::string& path, store::MasterKey master_key) {
  CLAUSTRUM_TRY_ASSIGN(std::unique_ptr<store::Database> database,
                       store::Database::open(path, state_schema()));
  std::unique_ptr<State> state(new State(std::move(database), std::move(master_key)));
  CLAUSTRUM_TRY(state->refresh());
  return state;
}

Result<StateHead> State::read_head(store::Transaction& transaction) const {
  CLAUSTRUM_TRY_ASSIGN(store::Statement row,
                       transaction.prepare("SELECT sequence, sealed FROM head WHERE id = 1"));
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return empty_head();
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, row.integer(0));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, row.blob(1));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes text,
                       sealer_.open(identity("head", "", 0, kNoPolicy, sequence), sealed));
  CLAUSTRUM_TRY_ASSIGN(const StateHead head, parse_head(text.reveal()));
  if (head.sequence != sequence) {
    return not_as_we_left_it("broker.head", "the head's row and its contents disagree");
  }
  return head;
}

Status State::write_head(store::Transaction& transaction, const StateHead& head) const {
  CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                       transaction.prepare("INSERT OR REPLACE INTO head VALUES(1, ?1, ?2)"));
  write.bind(1, head.sequence)
      .bind(2, sealer_.seal(identity("head", "", 0, kNoPolicy, head.sequence),
                            as_bytes(to_jcs(head))));
  return write.run();
}

Result<SecretIndex> State::read_index(store::Transaction& transaction) const {
  CLAUSTRUM_TRY_ASSIGN(store::Statement rows,
                       transaction.prepare("SELECT name, version, policy, sequence FROM secrets"));
  SecretIndex out;
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const bool more, rows.step());
    if (!more) {
      return out;
    }
    CLAUSTRUM_TRY_ASSIGN(std::string name, rows.text(0));
    SecretPlace place;
    CLAUSTRUM_TRY_ASSIGN(place.version, rows.integer(1));
    CLAUSTRUM_TRY_ASSIGN(place.policy_digest, rows.blob(2));
    CLAUSTRUM_TRY_ASSIGN(place.sequence, rows.integer(3));
    out.emplace(std::move(name), std::move(place));
  }
}

// Nothing is taken from a database whose rows are not those its head counts.
Status State::catch_up(store::Transaction& transaction) {
  CLAUSTRUM_TRY_ASSIGN(const StateHead head, read_head(transaction));
  if (!CLAUSTRUM_GUARD("broker.rollback", head.sequence >= head_.sequence)) {
    return Error(Code::kStale, "broker.rollback",
                 "the database went back from change " + std::to_string(head_.sequence) + " to " +
                     std::to_string(head.sequence));
  }
  const bool other = head.sequence == head_.sequence && head != head_;
  if (!CLAUSTRUM_GUARD("broker.head", !other)) {
    return not_as_we_left_it("broker.head", "another state under the same change number");
  }
  const bool first = tree_.size() == 0 && index_.empty();
  if (head == head_ && !first) {
    return ok_status();
  }
  CLAUSTRUM_TRY_ASSIGN(const NewEntries entries, read_ledger(transaction, head_));
  const auto added = static_cast<std::int64_t>(entries.leaves.size());
  const bool same_ledger =
      head_.ledger_size + added == head.ledger_size && entries.chain == head.ledger_chain;
  if (!CLAUSTRUM_GUARD("broker.ledger_chain", same_ledger)) {
    return not_as_we_left_it("broker.ledger_chain",
                             "the ledger's entries are not those that were recorded");
  }
  CLAUSTRUM_TRY_ASSIGN(SecretIndex index, read_index(transaction));
  if (!CLAUSTRUM_GUARD("broker.secret_index", digest_of(index) == head.secrets)) {
    return not_as_we_left_it("broker.secret_index",
                             "the secrets are not those that were put, in their versions");
  }
  head_ = head;
  index_ = std::move(index);
  const std::lock_guard lock(mutex_);
  for (const ledger::Hash& leaf : entries.leaves) {
    tree_.append_leaf(leaf);
  }
  return ok_status();
}

Status State::refresh() {
  const std::lock_guard operation(operation_);
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  return catch_up(transaction);
}

Status State::write_secret(store::Transaction& transaction, const std::string& name,
                           const SecretPlace& place, const SecretBytes& value,
                           const policy::Policy& policy) const {
  CLAUSTRUM_TRY_ASSIGN(store::Statement text,
                       transaction.prepare("INSERT OR REPLACE INTO policies VALUES(?1, ?2, ?3)"));
  text.bind(1, place.policy_digest)
      .bind(2, place.sequence)
      .bind(3, sealer_.seal(identity("policies", "", 0, place.policy_digest, place.sequence),
                            as_bytes(policy.text())));
  CLAUSTRUM_TRY(text.run());
  CLAUSTRUM_TRY_ASSIGN(
      store::Statement secret,
      transaction.prepare("INSERT OR REPLACE INTO secrets VALUES(?1, ?2, ?3, ?4, ?5)"));
  secret.bind(1, name)
      .bind(2, place.version)
      .bind(3, place.policy_digest)
      .bind(4, place.sequence)
      .bind(5, sealer_.seal(
                   identity("secrets", name, place.version, place.policy_digest, place.sequence),
                   value.reveal()));
  return secret.run();
}

Result<std::int64_t> State::put_secret(const std::string& name, const SecretBytes& value,
                                       const policy::Policy& policy) {
  if (value.size() > kMaxSecretLen) {
    return Error(Code::kExhausted, "broker.secret_size", "a secret has at most 512 KiB");
  }
  const std::lock_guard operation(operation_);
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin());
  CLAUSTRUM_TRY(catch_up(transaction));
  SecretIndex index = index_;
  StateHead head = head_;
  ++head.sequence;
  SecretPlace& place = index[name];
  ++place.version;
  place.policy_digest = to_bytes(BytesView(policy.digest()));
  place.sequence = head.sequence;
  head.secrets = digest_of(index);
  CLAUSTRUM_TRY(write_secret(transaction, name, place, value, policy));
  CLAUSTRUM_TRY(write_head(transaction, head));
  CLAUSTRUM_TRY(transaction.commit());
  head_ = head;
  const std::int64_t version = place.version;
  index_ = std::move(index);
  return version;
}

Result<policy::Policy> State::open_policy(BytesView digest, std::int64_t sequence,
                                          BytesView sealed) const {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes text,
                       sealer_.open(identity("policies", "", 0, digest, sequence), sealed));
  CLAUSTRUM_TRY_ASSIGN(policy::Policy policy, policy::Policy::parse(text.reveal()));
  if (!CLAUSTRUM_GUARD("broker.policy_row", equal(policy.digest(), digest))) {
    return not_as_we_left_it("broker.policy_row", "a policy's text is not the one of its digest");
  }
  return policy;
}

Result<SecretRecord> State::find_secret(const std::string& name) {
  const std::lock_guard operation(operation_);
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY(catch_up(transaction));
  const auto known = index_.find(name);
  if (known == index_.end()) {
    return Error(Code::kNotFound, "broker.secret", "no such secret");
  }
  CLAUSTRUM_TRY_ASSIGN(
      store::Statement row,
      transaction.prepare("SELECT s.version, s.policy, s.sequence, s.sealed, p.sequence, p.sealed"
                          " FROM secrets s JOIN policies p ON p.digest = s.policy"
                          " WHERE s.name = ?1"));
  row.bind(1, name);
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  SecretPlace place;
  if (found) {
    CLAUSTRUM_TRY_ASSIGN(place.version, row.integer(0));
    CLAUSTRUM_TRY_ASSIGN(place.policy_digest, row.blob(1));
    CLAUSTRUM_TRY_ASSIGN(place.sequence, row.integer(2));
  }
  // An older version put back would open, since it was ours once.
  if (!found || !CLAUSTRUM_GUARD("broker.secret_row", place == known->second)) {
    return not_as_we_left_it("broker.secret_row", "a secret's row is missing or an older one");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, row.blob(3));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t policy_sequence, row.integer(4));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed_policy, row.blob(5));
  CLAUSTRUM_TRY_ASSIGN(
      SecretBytes value,
      sealer_.open(identity("secrets", name, place.version, place.policy_digest, place.sequence),
                   sealed));
  CLAUSTRUM_TRY_ASSIGN(policy::Policy policy,
                       open_policy(place.policy_digest, policy_sequence, sealed_policy));
  return SecretRecord{std::move(value), place.version, std::move(policy)};
}

Status State::write_audit(store::Transaction& transaction, const std::string& id,
                          const codec::Json& audit, std::int64_t sequence) const {
  CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                       transaction.prepare("INSERT INTO audit VALUES(?1, ?2, ?3)"));
  write.bind(1, id)
      .bind(2, sequence)
      .bind(3, sealer_.seal(identity("audit", id, 0, kNoPolicy, sequence),
                            as_bytes(codec::to_jcs(audit))));
  return write.run();
}

Result<std::uint64_t> State::record(BytesView ledger_entry, const std::string& audit_id,
                                    const codec::Json& audit) {
  if (ledger_entry.size() > ledger::kMaxEntryLen) {
    return Error(Code::kExhausted, "broker.ledger_entry", "an entry has at most 65,535 bytes");
  }
  const std::lock_guard operation(operation_);
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin());
  CLAUSTRUM_TRY(catch_up(transaction));
  const ledger::Hash leaf = ledger::leaf_hash(ledger_entry);
  StateHead head = head_;
  const std::int64_t position = head.ledger_size;
  ++head.sequence;
  ++head.ledger_size;
  head.ledger_chain = extend_chain(head.ledger_chain, leaf);
  if (!audit.is_null()) {
    CLAUSTRUM_TRY(write_audit(transaction, audit_id, audit, head.sequence));
  }
  {
    CLAUSTRUM_TRY_ASSIGN(store::Statement write,
                         transaction.prepare("INSERT INTO ledger VALUES(?1, ?2)"));
    write.bind(1, position).bind(2, ledger_entry);
    CLAUSTRUM_TRY(write.run());
  }
  CLAUSTRUM_TRY(write_head(transaction, head));
  CLAUSTRUM_TRY(transaction.commit());
  head_ = head;
  const std::lock_guard lock(mutex_);
  tree_.append_leaf(leaf);
  return static_cast<std::uint64_t>(position);
}

Result<codec::Json> State::audit(const std::string& id) {
  const std::lock_guard operation(operation_);
  CLAUSTRUM_TRY_ASSIGN(store::Transaction transaction, database_->begin_read());
  CLAUSTRUM_TRY(catch_up(transaction));
  CLAUSTRUM_TRY_ASSIGN(store::Statement row,
                       transaction.prepare("SELECT sequence, sealed FROM audit WHERE id = ?1"));
  row.bind(1, id);
  CLAUSTRUM_TRY_ASSIGN(const bool found, row.step());
  if (!found) {
    return Error(Code::kNotFound, "broker.audit",
                 "no audit record with this id; refusals of evidence that does not verify are "
                 "written when their minute is over");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t sequence, row.integer(0));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, row.blob(1));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes text,
                       sealer_.open(identity("audit", id, 0, kNoPolicy, sequence), sealed));
  return codec::parse_json(text.reveal());
}

ledger::MerkleTree State::tree() const {
  return with_tree([](const ledger::MerkleTree& tree) { return tree; });
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
