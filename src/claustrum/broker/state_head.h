// SPDX-License-Identifier: Apache-2.0
// The head of a broker's state: one sealed row, renewed by every change, that says how far the
// ledger goes and which secrets exist in which version. With it a host that changes, drops or puts
// back single rows is noticed when the rows are read, and one that puts back a whole older database
// is noticed by a broker that runs [PROTOCOL 9]. A whole older database under a fresh start is not:
// that takes a witness.
#pragma once

#include <map>

#include "claustrum/codec/json.h"
#include "claustrum/ledger/merkle.h"

namespace claustrum::broker {

// Where the current row of a secret stands.
struct SecretPlace {
  std::int64_t version = 0;
  Bytes policy_digest;
  std::int64_t sequence = 0;  // of the change that wrote it
  bool operator==(const SecretPlace&) const = default;
};
using SecretIndex = std::map<std::string, SecretPlace, std::less<>>;

struct StateHead {
  std::int64_t sequence = 0;  // of the last change; 0: an empty state
  std::int64_t ledger_size = 0;
  ledger::Hash ledger_chain{};
  ledger::Hash secrets{};  // digest_of the index
  bool operator==(const StateHead&) const = default;
};

// The head of a state that nothing was ever put into.
StateHead empty_head();
std::string to_jcs(const StateHead& head);
// Malformed "broker.head".
Result<StateHead> parse_head(BytesView json);

// H("claustrum ledger chain v1" 0 ‖ chain ‖ leaf hash): the ledger's order in 32 bytes, extended
// without the tree.
ledger::Hash extend_chain(const ledger::Hash& chain, const ledger::Hash& leaf);
ledger::Hash digest_of(const SecretIndex& index);

}  // namespace claustrum::broker
