// SPDX-License-Identifier: Apache-2.0
// Witness cosignatures on checkpoints (C2SP tlog-cosignature, cosignature/v1): an independent party
// saw this checkpoint, consistent with all it saw before, at a time it states. Without them a log
// can show each client another history [PROTOCOL 11].
//
// note signature line: key id 4, timestamp u64be, Ed25519 signature 64
//   over "cosignature/v1\n" "time <decimal timestamp>\n" checkpoint text
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/ledger/note.h"

namespace claustrum::document {

class WitnessKey {
 public:
  // "name+hash+base64(04 || key)". malformed "witness.vkey", unsupported "witness.key_type".
  static Result<WitnessKey> parse(std::string_view vkey);
  const std::string& name() const { return name_; }
  std::uint32_t key_id() const { return key_id_; }
  // The time stated, or bad_signature "witness.signature", not_yet_valid "witness.time" when that
  // time is after `now`.
  Result<Instant> verify(const ledger::Note& note, const ledger::NoteSignature& signature,
                         Instant now) const;

 private:
  WitnessKey(std::string name, std::uint32_t key_id, crypto::PublicKey key)
      : name_(std::move(name)), key_id_(key_id), key_(std::move(key)) {}
  std::string name_;
  std::uint32_t key_id_;
  crypto::PublicKey key_;
};

struct Witnessed {
  std::size_t witnesses = 0;  // different ones among `keys`
  Instant newest;             // of their times
};

// A known witness's wrong cosignature refuses the checkpoint, as in ledger::verify_note.
Result<Witnessed> count_witnesses(const ledger::Note& note, const std::vector<WitnessKey>& keys,
                                  Instant now);

// For tests and for witnesses of our own: the vkey and the signature line.
std::string witness_vkey(std::string_view name, const crypto::PublicKey& key);
std::string cosign(std::string_view name, const crypto::PrivateKey& key,
                   std::string_view checkpoint_text, Instant at);

}  // namespace claustrum::document
