// SPDX-License-Identifier: Apache-2.0
// What a broker keeps: secrets, their policies, its audit trail and its ledger, in one database
// that the adversary may run [PROTOCOL 9]. Rows are sealed under the owner's master key, bound to
// their place, and counted by a sealed head (state_head.h); ledger entries are public. Another
// process may change the same database: each transaction begins by catching up with it. Starting
// on a whole older database is not noticed without a witness: `rollback: not protected`.
#pragma once

#include <mutex>

#include "claustrum/broker/state_head.h"
#include "claustrum/policy/policy.h"
#include "claustrum/store/database.h"
#include "claustrum/store/row_sealer.h"

namespace claustrum::broker {

inline constexpr std::size_t kMaxSecretLen = 512 * 1024;  // what a stock client's answer can hold

// Tables of the database.
const store::Schema& state_schema();

struct SecretRecord {
  SecretBytes value;
  std::int64_t version = 0;
  policy::Policy policy;
};

// Thread-safe. Besides what is named below, every call may fail because the database is not what we
// left: stale "broker.rollback"; mismatch "broker.head", "broker.ledger_gap",
// "broker.ledger_chain", "broker.secret_index", "broker.secret_row", "broker.policy_row"; and the
// reasons of store.
class State {
 public:
  // Another master key: bad_signature "store.row".
  static Result<std::unique_ptr<State>> open(const std::string& path, store::MasterKey master_key);

  // Replaces; returns the new version (1, 2, ...). Durable on return. exhausted
  // "broker.secret_size" beyond kMaxSecretLen.
  Result<std::int64_t> put_secret(const std::string& name, const SecretBytes& value,
                                  const policy::Policy& policy);
  // not_found "broker.secret".
  Result<SecretRecord> find_secret(const std::string& name);

  // Appends a ledger entry and, unless `audit` is null, the audit record under `audit_id`, in one
  // transaction: durable on return, or not there at all. exhausted "broker.ledger_entry" for an
  // entry nobody could read.
  Result<std::uint64_t> record(BytesView ledger_entry, const std::string& audit_id,
                               const codec::Json& audit);
  Result<std::uint64_t> append(BytesView ledger_entry) { return record(ledger_entry, {}, {}); }
  // not_found "broker.audit".
  Result<codec::Json> audit(const std::string& id);

  // Catches up with what other processes wrote.
  Status refresh();
  // A copy, as of the last call that touched the database.
  ledger::MerkleTree tree() const;
  // The same without copying; `use` must not call back into this object.
  template <typename Use>
  auto with_tree(const Use& use) const {
    const std::lock_guard lock(mutex_);
    return use(tree_);
  }
  Result<Bytes> ledger_entry(std::uint64_t index);

 private:
  State(std::unique_ptr<store::Database> database, store::MasterKey master_key);

  Result<StateHead> read_head(store::Transaction& transaction) const;
  Status write_head(store::Transaction& transaction, const StateHead& head) const;
  Status catch_up(store::Transaction& transaction);
  Result<SecretIndex> read_index(store::Transaction& transaction) const;
  Status write_secret(store::Transaction& transaction, const std::string& name,
                      const SecretPlace& place, const SecretBytes& value,
                      const policy::Policy& policy) const;
  Status write_audit(store::Transaction& transaction, const std::string& id,
                     const codec::Json& audit, std::int64_t sequence) const;
  Result<policy::Policy> open_policy(BytesView digest, std::int64_t sequence,
                                     BytesView sealed) const;

  std::unique_ptr<store::Database> database_;
  store::RowSealer sealer_;
  // What the database held at the last transaction. A commit ends the database's own exclusion, so
  // one of ours reaches from catching up to the change of these members.
  std::mutex operation_;
  StateHead head_ = empty_head();
  SecretIndex index_;
  mutable std::mutex mutex_;  // of tree_, which is read without an operation; taken last
  ledger::MerkleTree tree_;
};

}  // namespace claustrum::broker
