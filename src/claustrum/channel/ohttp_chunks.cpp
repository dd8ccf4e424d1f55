// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/ohttp_chunks.h"

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"

namespace claustrum::channel {
namespace {

constexpr std::size_t kMaxSealed = kMaxChunkPlaintext + crypto::kAeadTagLen;

crypto::HashAlg hash_of(crypto::HpkeKdf kdf) {
  switch (kdf) {
    case crypto::HpkeKdf::kHkdfSha256:
      return crypto::HashAlg::kSha256;
    case crypto::HpkeKdf::kHkdfSha384:
      return crypto::HashAlg::kSha384;
    case crypto::HpkeKdf::kHkdfSha512:
      return crypto::HashAlg::kSha512;
  }
  CLAUSTRUM_CHECK(false);
  return crypto::HashAlg::kSha256;
}

Error chunk_limit() {
  return Error(Code::kExhausted, "ohttp.chunk_limit", "chunk of more than 16384 bytes");
}

}  // namespace

Result<std::optional<Bytes>> ChunkReader::next() {
  std::size_t at = 0;
  if (!final_started_) {
    const std::optional<std::uint64_t> length = in_.varint(at);
    if (!length) {
      return std::optional<Bytes>();
    }
    if (*length > kMaxSealed) {
      return chunk_limit();
    }
    if (*length > 0) {
      const auto size = static_cast<std::size_t>(*length);
      if (in_.size() - at < size) {
        return std::optional<Bytes>();
      }
      Bytes sealed = to_bytes(in_.view().subspan(at, size));
      in_.drop(at + size);
      return std::optional<Bytes>(std::move(sealed));
    }
    in_.drop(at);
    final_started_ = true;
  }
  if (in_.size() > kMaxSealed) {
    return chunk_limit();
  }
  return std::optional<Bytes>();
}

Result<Bytes> ChunkReader::final_chunk() const {
  if (!CLAUSTRUM_GUARD("channel.truncated", final_started_)) {
    return ohttp_truncated();
  }
  return to_bytes(in_.view());
}

Status ChunkReader::count(std::size_t plaintext_len) {
  if (plaintext_len > limits_.max_message_bytes - total_) {
    return Error(Code::kExhausted, "ohttp.message_limit", "message too long");
  }
  total_ += plaintext_len;
  return ok_status();
}

std::size_t response_nonce_len(const crypto::HpkeSuite& suite) {
  return std::max(crypto::kAeadNonceLen, crypto::aead_key_len(crypto::hpke_aead_alg(suite.aead)));
}

ResponseKeys derive_response_keys(const crypto::HpkeSuite& suite, const SecretBytes& secret,
                                  BytesView enc, BytesView response_nonce) {
  // The export alone repeats when a request is replayed; the fresh nonce keeps (key, nonce) unique.
  const crypto::HashAlg hash = hash_of(suite.kdf);
  const crypto::AeadAlg alg = crypto::hpke_aead_alg(suite.aead);
  const SecretBytes prk =
      crypto::hkdf_extract(hash, concat({enc, response_nonce}), secret.reveal());
  const SecretBytes key =
      crypto::hkdf_expand(hash, prk.reveal(), as_bytes("key"), crypto::aead_key_len(alg));
  const SecretBytes nonce =
      crypto::hkdf_expand(hash, prk.reveal(), as_bytes("nonce"), crypto::kAeadNonceLen);
  return {crypto::Aead(alg, key.reveal()), to_array<crypto::kAeadNonceLen>(nonce.reveal())};
}

Bytes ohttp_info(std::string_view label, BytesView header) {
  Bytes out = to_bytes(label);
  out.push_back(0);
  append(out, header);
  return out;
}

Bytes ohttp_header(std::uint8_t key_id, const crypto::HpkeSuite& suite) {
  ByteWriter out;
  out.u8(key_id);
  out.u16be(static_cast<std::uint16_t>(suite.kem));
  out.u16be(static_cast<std::uint16_t>(suite.kdf));
  out.u16be(static_cast<std::uint16_t>(suite.aead));
  return std::move(out).take();
}

BytesView chunk_aad(bool final) {
  return CLAUSTRUM_GUARD("channel.final_aad", !final) ? BytesView() : as_bytes("final");
}

Status check_chunk_size(bool final, BytesView plaintext) {
  if (plaintext.size() > kMaxChunkPlaintext || (plaintext.empty() && !final)) {
    return Error(Code::kMalformed, "ohttp.chunk_size", "chunks carry 1 to 16384 bytes");
  }
  return ok_status();
}

Result<SecretBytes> check_opened(bool final, Result<SecretBytes> opened) {
  // An empty chunk says nothing, at the sender's leisure: a clock tick that nobody accounts for.
  const bool good =
      opened.ok() && CLAUSTRUM_GUARD("channel.empty_chunk", final || !opened->empty());
  if (!good) {
    return Error(Code::kBadSignature, "ohttp.chunk", "a chunk did not open");
  }
  return opened;
}

Error ohttp_truncated() {
  return Error(Code::kUnavailable, "ohttp.truncated", "message ends before its final chunk");
}

ByteArray<crypto::kAeadNonceLen> ResponseCipher::next_nonce() {
  CLAUSTRUM_CHECK(counter_ != UINT64_MAX);
  ByteArray<crypto::kAeadNonceLen> nonce = keys_.base_nonce;
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(counter_ >> (8 * i));
  }
  ++counter_;
  return nonce;
}

Bytes ResponseCipher::seal(bool final, BytesView plaintext) {
  return keys_.aead.seal(next_nonce(), chunk_aad(final), plaintext);
}

Result<SecretBytes> ResponseCipher::open(bool final, BytesView sealed) {
  return check_opened(final, keys_.aead.open(next_nonce(), chunk_aad(final), sealed));
}

}  // namespace claustrum::channel
