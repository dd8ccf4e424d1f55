// SPDX-License-Identifier: Apache-2.0
// What a broker keeps: secrets, their policies, its audit trail and its ledger, in one database
// that the adversary may run [PROTOCOL 9]. Rows are sealed under the owner's master key and bound
// to their place; ledger entries are public and prove themselves. Rolling the whole file back is
// not detected without a witness: `rollback: not protected` in this version.
#pragma once

#include <map>
#include <mutex>

#include "claustrum/codec/json.h"
#include "claustrum/ledger/merkle.h"
#include "claustrum/policy/policy.h"
#include "claustrum/store/database.h"
#include "claustrum/store/row_sealer.h"

namespace claustrum::broker {

struct SecretRecord {
  SecretBytes value;
  std::int64_t version = 0;
  policy::Policy policy;
};

class State {
 public:
  static Result<std::unique_ptr<State>> open(const std::string& path, store::MasterKey master_key);

  // Replaces; returns the new version (1, 2, ...). Durable on return.
  Result<std::int64_t> put_secret(const std::string& name, const SecretBytes& value,
                                  const policy::Policy& policy);
  // not_found "broker.secret".
  Result<SecretRecord> find_secret(const std::string& name);

  // Appends a ledger entry and, unless `audit` is null, the audit record under `audit_id`, in one
  // transaction: durable on return, or not there at all.
  Result<std::uint64_t> record(BytesView ledger_entry, const std::string& audit_id,
                               const codec::Json& audit);
  Result<std::uint64_t> append(BytesView ledger_entry) { return record(ledger_entry, {}, {}); }
  // not_found "broker.audit".
  Result<codec::Json> audit(const std::string& id);

  // A copy: proofs are made from one consistent tree.
  ledger::MerkleTree tree() const;
  Result<Bytes> ledger_entry(std::uint64_t index);

 private:
  State(std::unique_ptr<store::Database> database, store::MasterKey master_key);
  Status load_tree();
  Result<std::int64_t> next_sequence(store::Transaction& transaction);

  std::unique_ptr<store::Database> database_;
  store::RowSealer sealer_;
  // An entry's row and its leaf are one step: commit() ends the database's own exclusion, and
  // appends that interleaved there would leave a tree that is not the table's.
  std::mutex append_mutex_;
  mutable std::mutex mutex_;  // of tree_; taken last
  ledger::MerkleTree tree_;
};

}  // namespace claustrum::broker
