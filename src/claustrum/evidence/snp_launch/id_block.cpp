// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/id_block.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::snp_launch {
namespace {

constexpr std::uint32_t kAlgorithmNone = 0;
constexpr std::uint32_t kAlgorithmEcdsaP384 = 1;
constexpr std::uint32_t kCurveP384 = 2;
constexpr std::size_t kKeyLen = 0x404;
constexpr std::size_t kSignatureLen = 512;
constexpr std::size_t kNumberLen = 72;
constexpr std::size_t kFieldLen = 48;
constexpr auto kSigAlg = crypto::SigAlg::kEcdsaP384Sha384;

void write_number(ByteWriter& w, BytesView big) {
  w.bytes(Bytes(big.rbegin(), big.rend())).zeros(kNumberLen - kFieldLen);
}

Bytes read_number(ByteReader& r) {
  auto number = r.fixed<kFieldLen>();
  std::ranges::reverse(number);
  r.zeros(kNumberLen - kFieldLen);
  return to_bytes(BytesView(number));
}

Bytes encode_key(const crypto::PublicKey& key) {
  CLAUSTRUM_CHECK(key.kind() == crypto::KeyKind::kP384);
  const Bytes point = key.raw();  // 04 || x || y
  ByteWriter w;
  w.u32le(kCurveP384);
  write_number(w, BytesView(point).subspan(1, kFieldLen));
  write_number(w, BytesView(point).subspan(1 + kFieldLen));
  w.zeros(kKeyLen - w.size());
  return std::move(w).take();
}

Bytes signature_of(const crypto::PrivateKey& key, BytesView message) {
  const Bytes raw = crypto::sign(key, kSigAlg, message);
  ByteWriter w;
  write_number(w, BytesView(raw).first(kFieldLen));
  write_number(w, BytesView(raw).subspan(kFieldLen));
  w.zeros(kSignatureLen - w.size());
  return std::move(w).take();
}

Bytes read_signature(ByteReader& r) {
  Bytes out = read_number(r);
  append(out, read_number(r));
  r.zeros(kSignatureLen - 2 * kNumberLen);
  return out;
}

struct RawKey {
  std::uint32_t curve = 0;
  Bytes x;
  Bytes y;
  Bytes bytes;  // as they stand, for digest and signature
};

RawKey read_key(ByteReader& r) {
  RawKey out;
  out.bytes = to_bytes(r.bytes(kKeyLen));
  ByteReader inner(out.bytes, "key");
  out.curve = inner.u32le();
  out.x = read_number(inner);
  out.y = read_number(inner);
  inner.zeros(kKeyLen - 4 - 2 * kNumberLen);
  if (r.ok() && !inner.finish().ok()) {
    r.fail("a key's reserved bytes are not zero");
  }
  return out;
}

struct RawAuth {
  std::uint32_t id_algorithm = 0;
  std::uint32_t author_algorithm = 0;
  Bytes block_signature;
  RawKey id_key;
  Bytes key_signature;
  RawKey author_key;
  // No author key is all zeros, whatever the algorithm says.
  bool has_author() const { return !all_zero(author_key.bytes) || !all_zero(key_signature); }
};

Result<RawAuth> parse_auth(BytesView data) {
  ByteReader r(data, "ID authentication");
  RawAuth out;
  out.id_algorithm = r.u32le();
  out.author_algorithm = r.u32le();
  r.zeros(0x40 - 8);
  out.block_signature = read_signature(r);
  out.id_key = read_key(r);
  r.zeros(0x680 - 0x644);
  out.key_signature = read_signature(r);
  out.author_key = read_key(r);
  r.zeros(kIdAuthLen - 0xC84);
  if (const Status status = r.finish(); !status.ok()) {
    return Error(Code::kMalformed, "id_auth.layout", status.error().text());
  }
  return out;
}

Result<crypto::PublicKey> public_key(const RawKey& raw, std::uint32_t algorithm) {
  if (algorithm != kAlgorithmEcdsaP384) {
    return Error(Code::kUnsupported, "id_auth.algorithm",
                 "key algorithm " + std::to_string(algorithm));
  }
  if (raw.curve != kCurveP384) {
    return Error(Code::kUnsupported, "id_auth.curve", "curve " + std::to_string(raw.curve));
  }
  Result<crypto::PublicKey> key = crypto::PublicKey::from_xy(crypto::KeyKind::kP384, raw.x, raw.y);
  if (!key.ok()) {
    return Error(Code::kMalformed, "id_auth.key", key.error().text());
  }
  return key;
}

}  // namespace

Bytes encode_id_block(const IdBlock& block) {
  ByteWriter w;
  w.bytes(block.launch_digest).bytes(block.family_id).bytes(block.image_id);
  w.u32le(kIdBlockVersion).u32le(block.guest_svn).u64le(block.policy);
  return std::move(w).take();
}

Result<IdBlock> parse_id_block(BytesView data) {
  ByteReader r(data, "ID block");
  IdBlock out;
  out.launch_digest = r.fixed<48>();
  out.family_id = r.fixed<16>();
  out.image_id = r.fixed<16>();
  const std::uint32_t version = r.u32le();
  out.guest_svn = r.u32le();
  out.policy = r.u64le();
  if (!r.finish().ok()) {
    return Error(Code::kMalformed, "id_block.length", "an ID block has 96 bytes");
  }
  if (version != kIdBlockVersion) {
    return Error(Code::kUnsupported, "id_block.version", "version " + std::to_string(version));
  }
  return out;
}

ByteArray<48> key_digest(const crypto::PublicKey& key) {
  return crypto::sha384(encode_key(key));
}

Bytes sign_id_block(const IdBlock& block, const crypto::PrivateKey& id_key,
                    const crypto::PrivateKey* author) {
  const Bytes key = encode_key(id_key.public_key());
  ByteWriter w;
  w.u32le(kAlgorithmEcdsaP384);
  w.u32le(author == nullptr ? kAlgorithmNone : kAlgorithmEcdsaP384).zeros(0x40 - 8);
  w.bytes(signature_of(id_key, encode_id_block(block))).bytes(key).zeros(0x680 - 0x644);
  if (author != nullptr) {
    w.bytes(signature_of(*author, key)).bytes(encode_key(author->public_key()));
  }
  w.zeros(kIdAuthLen - w.size());
  return std::move(w).take();
}

Result<IdSigners> verify_id_auth(BytesView id_block, BytesView id_auth) {
  CLAUSTRUM_TRY(parse_id_block(id_block));
  CLAUSTRUM_TRY_ASSIGN(const RawAuth auth, parse_auth(id_auth));
  CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey id_key, public_key(auth.id_key, auth.id_algorithm));
  const bool block_signed = crypto::verify(id_key, kSigAlg, id_block, auth.block_signature).ok();
  if (!CLAUSTRUM_GUARD("evidence.snp_launch.block_signature", block_signed)) {
    return Error(Code::kBadSignature, "id_auth.block_signature",
                 "the ID key did not sign this ID block");
  }
  if (!auth.has_author()) {
    return IdSigners{std::move(id_key), std::nullopt};
  }
  CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey author,
                       public_key(auth.author_key, auth.author_algorithm));
  const bool key_signed =
      crypto::verify(author, kSigAlg, auth.id_key.bytes, auth.key_signature).ok();
  if (!CLAUSTRUM_GUARD("evidence.snp_launch.key_signature", key_signed)) {
    return Error(Code::kBadSignature, "id_auth.key_signature",
                 "the author key did not sign this ID key");
  }
  return IdSigners{std::move(id_key), std::move(author)};
}

}  // namespace claustrum::evidence::snp_launch
