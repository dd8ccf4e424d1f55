// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"
#include "claustrum/channel/ohttp.h"
#include "claustrum/crypto/random.h"

namespace claustrum::channel {
namespace {

std::shared_ptr<const OhttpKey> find_key(const OhttpKeys& keys, std::uint8_t key_id) {
  for (const auto& key : keys) {
    if (CLAUSTRUM_GUARD("channel.key_id", key->config().key_id == key_id)) {
      return key;
    }
  }
  return nullptr;
}

}  // namespace

OhttpKey::OhttpKey(std::uint8_t key_id, crypto::HpkeKem kem, std::vector<SymmetricSuite> suites,
                   crypto::PrivateKey private_key, std::size_t max_requests)
    : config_{key_id, kem, private_key.public_key(), std::move(suites)},
      private_key_(std::move(private_key)),
      replay_(max_requests) {
  CLAUSTRUM_CHECK(private_key_.kind() == crypto::hpke_key_kind(kem) && !config_.suites.empty());
}

std::shared_ptr<OhttpKey> OhttpKey::generate(std::uint8_t key_id) {
  return std::make_shared<OhttpKey>(key_id, crypto::HpkeKem::kX25519HkdfSha256,
                                    std::vector<SymmetricSuite>{SymmetricSuite{}},
                                    crypto::PrivateKey::generate(crypto::KeyKind::kX25519));
}

Result<SecretBytes> ChunkedRequestOpener::feed(BytesView bytes) {
  if (failed_) {
    return *failed_;
  }
  chunks_.push(bytes);
  Result<SecretBytes> plaintext = advance();
  if (!plaintext.ok()) {
    failed_ = plaintext.error();
  }
  return plaintext;
}

Result<SecretBytes> ChunkedRequestOpener::advance() {
  SecretBytes plaintext;
  if (!context_) {
    CLAUSTRUM_TRY_ASSIGN(const bool ready, read_header());
    if (!ready) {
      return plaintext;
    }
  }
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> sealed, chunks_.next());
    if (!sealed) {
      return plaintext;
    }
    CLAUSTRUM_TRY_ASSIGN(const SecretBytes opened, open(false, *sealed));
    plaintext.append(opened.reveal());
  }
}

Result<bool> ChunkedRequestOpener::read_header() {
  Intake& in = chunks_.intake();
  if (in.size() < kOhttpHeaderLen) {
    return false;
  }
  const Bytes header = to_bytes(in.view().first(kOhttpHeaderLen));
  ByteReader reader(header, "OHTTP header");
  const std::uint8_t key_id = reader.u8();
  const std::uint16_t kem = reader.u16be();
  const std::uint16_t kdf = reader.u16be();
  const std::uint16_t aead = reader.u16be();
  CLAUSTRUM_TRY(reader.finish());
  key_ = find_key(keys_, key_id);
  if (!key_) {
    return Error(Code::kNotFound, "ohttp.key_id", "no such key here, or no longer");
  }
  const Result<crypto::HpkeSuite> suite = crypto::hpke_suite_from_ids(kem, kdf, aead);
  // Only what the verified key configuration offers: the header is the host's to change.
  if (!suite.ok() || !CLAUSTRUM_GUARD("channel.suite_offered", key_->config().offers(*suite))) {
    return Error(Code::kUnsupported, "ohttp.suite", "a suite that this key does not offer");
  }
  const std::size_t enc_len = crypto::hpke_enc_len(suite->kem);
  if (in.size() < kOhttpHeaderLen + enc_len) {
    return false;
  }
  enc_ = to_bytes(in.view().subspan(kOhttpHeaderLen, enc_len));
  auto context = crypto::hpke_setup_recipient(*suite, enc_, key_->private_key(),
                                              ohttp_info(kChunkedRequestLabel, header));
  if (!context.ok()) {
    return Error(Code::kMalformed, "ohttp.enc", "not an encapsulated key");
  }
  context_.emplace(std::move(context).value());
  in.drop(kOhttpHeaderLen + enc_len);
  return true;
}

Result<SecretBytes> ChunkedRequestOpener::open(bool final, BytesView sealed) {
  CLAUSTRUM_TRY_ASSIGN(SecretBytes opened,
                       check_opened(final, context_->open(chunk_aad(final), sealed)));
  // Remembered only now: whoever cannot seal to our key cannot fill the memory with noise either.
  if (!fresh_) {
    CLAUSTRUM_TRY(key_->replay().insert(enc_));
    fresh_ = true;
  }
  CLAUSTRUM_TRY(chunks_.count(opened.size()));
  return opened;
}

Result<ChunkedRequestOpener::Opened> ChunkedRequestOpener::finish() && {
  if (failed_) {
    return *failed_;
  }
  if (!context_) {
    return ohttp_truncated();
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, chunks_.final_chunk());
  CLAUSTRUM_TRY_ASSIGN(SecretBytes last, open(true, sealed));
  const crypto::HpkeSuite suite = context_->suite();
  SecretBytes secret =
      context_->export_secret(as_bytes(kChunkedResponseLabel), response_nonce_len(suite));
  Bytes nonce(response_nonce_len(suite));
  crypto::random_fill(nonce);
  return Opened{std::move(last),
                ChunkedResponseSealer(suite, std::move(enc_), std::move(secret), std::move(nonce))};
}

ChunkedResponseSealer::ChunkedResponseSealer(const crypto::HpkeSuite& suite, Bytes enc,
                                             SecretBytes secret, Bytes response_nonce)
    : suite_(suite),
      enc_(std::move(enc)),
      secret_(std::move(secret)),
      response_nonce_(std::move(response_nonce)),
      cipher_(derive_response_keys(suite_, secret_, enc_, response_nonce_)) {}

ChunkedResponseSealer ChunkedResponseSealer::with_nonce_for_testing(BytesView response_nonce) && {
  return {suite_, std::move(enc_), std::move(secret_), to_bytes(response_nonce)};
}

Result<Bytes> ChunkedResponseSealer::seal_chunk(BytesView plaintext) {
  CLAUSTRUM_TRY(check_chunk_size(false, plaintext));
  ByteWriter out;
  out.prefixed_varint(cipher_.seal(false, plaintext));
  return std::move(out).take();
}

Result<Bytes> ChunkedResponseSealer::seal_final(BytesView plaintext) && {
  CLAUSTRUM_TRY(check_chunk_size(true, plaintext));
  ByteWriter out;
  out.varint(0).bytes(cipher_.seal(true, plaintext));
  return std::move(out).take();
}

}  // namespace claustrum::channel
