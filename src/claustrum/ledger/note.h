// SPDX-License-Identifier: Apache-2.0
// C2SP signed notes and tlog checkpoints. A note is text, a blank line, and signature lines; only
// keys a verifier names count, an unknown key's line is ignored, a known key's bad signature
// refuses the whole note. Ed25519 (type 0x01); witness cosignatures (type 0x04) are
// document/witness's.
#pragma once

#include <optional>

#include "claustrum/crypto/keys.h"
#include "claustrum/ledger/merkle.h"

namespace claustrum::ledger {

inline constexpr std::size_t kMaxNoteLen = 64 * 1024;
inline constexpr std::size_t kMaxNoteSignatures = 32;

// A name that a key may have: UTF-8 of at most 256 bytes, no spaces, no plus: malformed
// "note.name".
Status check_note_name(std::string_view name);

// "name+hash+base64(type || key)". malformed "note.vkey", unsupported "note.key_type".
class NoteVerifier {
 public:
  static Result<NoteVerifier> parse(std::string_view vkey);
  const std::string& name() const { return name_; }
  std::uint32_t key_id() const { return key_id_; }
  const std::string& vkey() const { return vkey_; }
  Status verify(std::string_view text, BytesView signature) const;

 private:
  NoteVerifier(std::string name, std::uint32_t key_id, std::string vkey, crypto::PublicKey key)
      : name_(std::move(name)), key_id_(key_id), vkey_(std::move(vkey)), key_(std::move(key)) {}
  std::string name_;
  std::uint32_t key_id_;
  std::string vkey_;
  crypto::PublicKey key_;
};

class NoteSigner {
 public:
  // `name` passes check_note_name; `key` is Ed25519 (checked bugs).
  NoteSigner(std::string name, crypto::PrivateKey key);
  const std::string& name() const { return name_; }
  std::string vkey() const;
  // `text` ends with a newline (checked bug). The whole note.
  std::string sign(std::string_view text) const;

 private:
  std::string name_;
  crypto::PrivateKey key_;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;  // after the key id
};

struct Note {
  std::string text;  // with its final newline
  std::vector<NoteSignature> signatures;
};

// Shape only: unverified. malformed "note.malformed".
Result<Note> parse_note(std::string_view note);
// The names of the verifiers that signed: at least one, else bad_signature "note.unsigned"; a known
// key with a wrong signature: bad_signature "note.signature".
Result<std::vector<std::string>> verify_note(const Note& note,
                                             const std::vector<NoteVerifier>& verifiers);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  bool operator==(const Checkpoint&) const = default;
};

std::string checkpoint_text(const Checkpoint& checkpoint);
// malformed "checkpoint.malformed". Extension lines are refused: we write none.
Result<Checkpoint> parse_checkpoint(std::string_view text);

}  // namespace claustrum::ledger
