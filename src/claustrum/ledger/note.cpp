// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/note.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/utf8.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::ledger {

namespace {

constexpr std::uint8_t kEd25519Type = 0x01;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // em dash, space

Error malformed() {
  return Error(Code::kMalformed, "note.malformed", "not a signed note");
}

// Unicode's White_Space beyond ASCII, in UTF-8.
constexpr std::string_view kWideSpaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

// [C2SP signed-note: format] No Unicode spaces, no plus; a name a person cannot read apart is none.
bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > 256 || !codec::valid_utf8(as_bytes(name))) {
    return false;
  }
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '+') {
      return false;
    }
  }
  return std::none_of(std::begin(kWideSpaces), std::end(kWideSpaces), [&](std::string_view space) {
    return name.find(space) != std::string_view::npos;
  });
}

// [C2SP signed-note: key id]
std::uint32_t key_id_of(std::string_view name, BytesView typed_key) {
  const Bytes digest =
      crypto::Hasher(crypto::HashAlg::kSha256).update(name).update("\n").update(typed_key).finish();
  return std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 |
         std::uint32_t{digest[2]} << 8 | digest[3];
}

Bytes key_id_bytes(std::uint32_t id) {
  ByteWriter out;
  out.u32be(id);
  return std::move(out).take();
}

std::string vkey_text(std::string_view name, std::uint32_t key_id, BytesView typed_key) {
  return std::string(name) + "+" + codec::hex_encode(key_id_bytes(key_id)) + "+" +
         codec::base64_encode(typed_key);
}

Bytes typed_key_of(const crypto::PublicKey& key) {
  ByteWriter out;
  out.u8(kEd25519Type).bytes(key.raw());
  return std::move(out).take();
}

Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) {
    return malformed();
  }
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !valid_name(line.substr(0, space))) {
    return malformed();
  }
  const Result<Bytes> bytes = codec::base64_decode(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() < 5) {
    return malformed();
  }
  const BytesView all = *bytes;
  const std::uint32_t id = std::uint32_t{all[0]} << 24 | std::uint32_t{all[1]} << 16 |
                           std::uint32_t{all[2]} << 8 | all[3];
  return NoteSignature{std::string(line.substr(0, space)), id, to_bytes(all.subspan(4))};
}

}  // namespace

Status check_note_name(std::string_view name) {
  if (!valid_name(name)) {
    return Error(Code::kMalformed, "note.name",
                 "a log's name is one word without spaces and plus signs, like log.example/2026");
  }
  return ok_status();
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
  const Error bad(Code::kMalformed, "note.vkey", "not a note verifier key");
  // Only the first two plus signs separate: base64 may contain more.
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == vkey.npos ? vkey.npos : vkey.find('+', first + 1);
  if (second == vkey.npos || !valid_name(vkey.substr(0, first))) {
    return bad;
  }
  const std::string name(vkey.substr(0, first));
  const Result<Bytes> id = codec::hex_decode(vkey.substr(first + 1, second - first - 1));
  const Result<Bytes> typed = codec::base64_decode(vkey.substr(second + 1));
  if (!id.ok() || id->size() != 4 || !typed.ok() || typed->empty()) {
    return bad;
  }
  if (typed->front() != kEd25519Type) {
    return Error(Code::kUnsupported, "note.key_type", "only Ed25519 note keys are used here");
  }
  const std::uint32_t expected = key_id_of(name, *typed);
  // The id is the key's, and the whole key has one spelling: pins compare texts.
  if (vkey_text(name, expected, *typed) != vkey) {
    return bad;
  }
  CLAUSTRUM_TRY_ASSIGN(
      crypto::PublicKey key,
      crypto::PublicKey::from_raw(crypto::KeyKind::kEd25519, BytesView(*typed).subspan(1)));
  return NoteVerifier(name, expected, std::string(vkey), std::move(key));
}

Status NoteVerifier::verify(std::string_view text, BytesView signature) const {
  return crypto::verify(key_, crypto::SigAlg::kEd25519, as_bytes(text), signature);
}

NoteSigner::NoteSigner(std::string name, crypto::PrivateKey key)
    : name_(std::move(name)), key_(std::move(key)) {
  CLAUSTRUM_CHECK(valid_name(name_) && key_.kind() == crypto::KeyKind::kEd25519);
}

std::string NoteSigner::vkey() const {
  const Bytes typed = typed_key_of(key_.public_key());
  return vkey_text(name_, key_id_of(name_, typed), typed);
}

std::string NoteSigner::sign(std::string_view text) const {
  CLAUSTRUM_CHECK(text.ends_with('\n'));
  Bytes signature = key_id_bytes(key_id_of(name_, typed_key_of(key_.public_key())));
  append(signature, crypto::sign(key_, crypto::SigAlg::kEd25519, as_bytes(text)));
  return std::string(text) + "\n" + std::string(kDash) + name_ + " " +
         codec::base64_encode(signature) + "\n";
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kMaxNoteLen) {
    return Error(Code::kExhausted, "note.size", "note over its size limit");
  }
  // The last blank line separates: the text may contain others.
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos || !note.ends_with('\n') || blank + 2 == note.size()) {
    return malformed();
  }
  if (!codec::valid_utf8(as_bytes(note))) {
    return malformed();
  }
  for (const char c : note) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') {
      return malformed();
    }
  }
  Note out;
  out.text = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  while (!lines.empty()) {
    if (out.signatures.size() == kMaxNoteSignatures) {
      return Error(Code::kExhausted, "note.signatures", "too many signatures");
    }
    const std::size_t end = lines.find('\n');
    CLAUSTRUM_TRY_ASSIGN(NoteSignature signature, parse_signature_line(lines.substr(0, end)));
    out.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return out;
}

Result<std::vector<std::string>> verify_note(const Note& note,
                                             const std::vector<NoteVerifier>& verifiers) {
  std::vector<std::string> signers;
  for (const NoteSignature& signature : note.signatures) {
    for (const NoteVerifier& verifier : verifiers) {
      if (verifier.name() != signature.name || verifier.key_id() != signature.key_id) {
        continue;
      }
      const Status valid = verifier.verify(note.text, signature.signature);
      if (!CLAUSTRUM_GUARD("ledger.note_signature", valid.ok())) {
        return Error(Code::kBadSignature, "note.signature", "a known key's signature is wrong");
      }
      signers.push_back(verifier.name());
    }
  }
  if (!CLAUSTRUM_GUARD("ledger.note_signed", !signers.empty())) {
    return Error(Code::kBadSignature, "note.unsigned", "no signature by a known key");
  }
  return signers;
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         codec::base64_encode(checkpoint.root) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  const Error bad(Code::kMalformed, "checkpoint.malformed", "not a checkpoint");
  const std::size_t first = text.find('\n');
  const std::size_t second = first == text.npos ? text.npos : text.find('\n', first + 1);
  if (second == text.npos || !text.ends_with('\n') || first == 0) {
    return bad;
  }
  const std::string_view size = text.substr(first + 1, second - first - 1);
  const std::string_view root = text.substr(second + 1, text.size() - second - 2);
  Checkpoint out;
  out.origin = text.substr(0, first);
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  const Result<Bytes> hash = codec::base64_decode(root);
  if (size.empty() || error != std::errc() || end != size.data() + size.size() ||
      (size.size() > 1 && size.front() == '0') || !hash.ok() || hash->size() != out.root.size()) {
    return bad;
  }
  out.root = to_array<32>(*hash);
  return out;
}

}  // namespace claustrum::ledger
