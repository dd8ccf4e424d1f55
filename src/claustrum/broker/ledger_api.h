// SPDX-License-Identifier: Apache-2.0
// The ledger over HTTP, for anybody: GET /ledger/checkpoint, /ledger/entry?index=N and
// /ledger/proof?index=N (an offline proof file). Everything is checkable by its receiver.
#pragma once

#include "claustrum/broker/state.h"
#include "claustrum/ledger/note.h"
#include "claustrum/net/http.h"

namespace claustrum::broker {

net::Response ledger_answer(State& state, const ledger::NoteSigner& signer,
                            const std::string& origin, std::string_view path,
                            std::string_view query);
// Signed note over the current tree.
std::string signed_checkpoint(const ledger::MerkleTree& tree, const ledger::NoteSigner& signer,
                              const std::string& origin);
// "c2sp.org/tlog-proof@v1" for entry `index`; not_found beyond the end.
Result<std::string> offline_proof(const ledger::MerkleTree& tree, std::uint64_t index,
                                  const ledger::NoteSigner& signer, const std::string& origin);

}  // namespace claustrum::broker
