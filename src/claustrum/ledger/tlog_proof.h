// SPDX-License-Identifier: Apache-2.0
// The offline proof file "c2sp.org/tlog-proof@v1": an entry's index, its inclusion path and the
// checkpoint it leads to, so that a verifier needs no connection to the log.
#pragma once

#include "claustrum/ledger/note.h"

namespace claustrum::ledger {

struct TlogProof {
  std::uint64_t index = 0;
  std::vector<Hash> path;
  std::string checkpoint;                     // the whole signed note
  std::optional<Bytes> extra = std::nullopt;  // anybody's words: nothing signs or proves them
};

std::string serialize_tlog_proof(const TlogProof& proof);
// Shape only: unverified. malformed "tlog_proof.malformed".
Result<TlogProof> parse_tlog_proof(std::string_view text);

struct ProvenEntry {
  Checkpoint checkpoint;
  std::vector<std::string> signers;  // names among `keys`
};

// The entry is in a log of `origin` under a checkpoint signed by one of `keys`. mismatch
// "tlog_proof.origin", and the reasons of verify_note and verify_inclusion.
Result<ProvenEntry> verify_tlog_proof(const TlogProof& proof, BytesView entry,
                                      std::string_view origin,
                                      const std::vector<NoteVerifier>& keys);

}  // namespace claustrum::ledger
