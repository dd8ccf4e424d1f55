// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/witness.h"

#include <algorithm>
#include <set>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::document {

namespace {

constexpr std::uint8_t kCosignatureType = 0x04;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // as in signed notes

// [C2SP signed-note: key id]
Bytes key_id_of(std::string_view name, BytesView typed_key) {
  Bytes digest =
      crypto::Hasher(crypto::HashAlg::kSha256).update(name).update("\n").update(typed_key).finish();
  digest.resize(4);
  return digest;
}

Bytes typed_key_of(const crypto::PublicKey& key) {
  return concat({BytesView(&kCosignatureType, 1), key.raw()});
}

std::string signed_text(std::string_view checkpoint_text, std::uint64_t timestamp) {
  return "cosignature/v1\ntime " + std::to_string(timestamp) + "\n" + std::string(checkpoint_text);
}

}  // namespace

Result<WitnessKey> WitnessKey::parse(std::string_view vkey) {
  const Error bad(Code::kMalformed, "witness.vkey", "not a witness's verifier key");
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == vkey.npos ? vkey.npos : vkey.find('+', first + 1);
  if (second == vkey.npos || first == 0) {
    return bad;
  }
  const std::string name(vkey.substr(0, first));
  const Result<Bytes> id = codec::hex_decode(vkey.substr(first + 1, second - first - 1));
  const Result<Bytes> typed = codec::base64_decode(vkey.substr(second + 1));
  if (!id.ok() || !typed.ok() || typed->empty() || *id != key_id_of(name, *typed)) {
    return bad;
  }
  if (typed->front() != kCosignatureType) {
    return Error(Code::kUnsupported, "witness.key_type", "only cosignature/v1 keys are used here");
  }
  CLAUSTRUM_TRY_ASSIGN(
      crypto::PublicKey key,
      crypto::PublicKey::from_raw(crypto::KeyKind::kEd25519, BytesView(*typed).subspan(1)));
  return WitnessKey(name, ByteReader(*id, "key id").u32be(), std::move(key));
}

Result<Instant> WitnessKey::verify(const ledger::Note& note, const ledger::NoteSignature& signature,
                                   Instant now) const {
  ByteReader reader(signature.signature, "cosignature");
  const std::uint64_t timestamp = reader.u64be();
  const ByteArray<64> raw = reader.fixed<64>();
  CLAUSTRUM_TRY(reader.finish());
  const std::string text = signed_text(note.text, timestamp);
  const Status valid =
      crypto::verify(key_, crypto::SigAlg::kEd25519, as_bytes(text), BytesView(raw));
  if (!CLAUSTRUM_GUARD("document.witness_signature", valid.ok())) {
    return Error(Code::kBadSignature, "witness.signature",
                 "a known witness's cosignature is wrong");
  }
  const bool past = now.seconds >= 0 && timestamp <= static_cast<std::uint64_t>(now.seconds);
  if (!CLAUSTRUM_GUARD("document.witness_time", past)) {
    return Error(Code::kNotYetValid, "witness.time", "a cosignature is dated after now");
  }
  return Instant{static_cast<std::int64_t>(timestamp)};
}

Result<Witnessed> count_witnesses(const ledger::Note& note, const std::vector<WitnessKey>& keys,
                                  Instant now) {
  Witnessed out;
  std::set<std::pair<std::string, std::uint32_t>> seen;
  for (const ledger::NoteSignature& signature : note.signatures) {
    for (const WitnessKey& key : keys) {
      if (key.name() != signature.name || key.key_id() != signature.key_id) {
        continue;
      }
      CLAUSTRUM_TRY_ASSIGN(const Instant at, key.verify(note, signature, now));
      out.newest = std::max(out.newest, at);
      seen.emplace(key.name(), key.key_id());
    }
  }
  out.witnesses = seen.size();
  return out;
}

std::string witness_vkey(std::string_view name, const crypto::PublicKey& key) {
  const Bytes typed = typed_key_of(key);
  return std::string(name) + "+" + codec::hex_encode(key_id_of(name, typed)) + "+" +
         codec::base64_encode(typed);
}

std::string cosign(std::string_view name, const crypto::PrivateKey& key,
                   std::string_view checkpoint_text, Instant at) {
  const auto timestamp = static_cast<std::uint64_t>(at.seconds);
  ByteWriter line;
  line.bytes(key_id_of(name, typed_key_of(key.public_key()))).u64be(timestamp);
  line.bytes(crypto::sign(key, crypto::SigAlg::kEd25519,
                          as_bytes(signed_text(checkpoint_text, timestamp))));
  return std::string(kDash) + std::string(name) + " " + codec::base64_encode(line.view()) + "\n";
}

}  // namespace claustrum::document
