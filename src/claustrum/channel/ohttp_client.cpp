// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/writer.h"
#include "claustrum/channel/ohttp.h"

namespace claustrum::channel {

ChunkedRequestSealer::ChunkedRequestSealer(const KeyConfig& config, crypto::HpkeSender sender,
                                           const OhttpLimits& limits)
    : header_(ohttp_header(config.key_id, sender.context.suite())),
      sender_(std::move(sender)),
      response_limits_(limits) {
  append(header_, sender_.enc);
}

Result<ChunkedRequestSealer> ChunkedRequestSealer::start(const KeyConfig& config,
                                                         const OhttpLimits& response_limits) {
  const crypto::HpkeSuite suite = config.preferred_suite();
  const Bytes info = ohttp_info(kChunkedRequestLabel, ohttp_header(config.key_id, suite));
  CLAUSTRUM_TRY_ASSIGN(crypto::HpkeSender sender,
                       crypto::hpke_setup_sender(suite, config.public_key, info));
  return ChunkedRequestSealer(config, std::move(sender), response_limits);
}

Result<ChunkedRequestSealer> ChunkedRequestSealer::start_for_testing(
    const KeyConfig& config, const crypto::HpkeSuite& suite, const crypto::PrivateKey& ephemeral) {
  const Bytes info = ohttp_info(kChunkedRequestLabel, ohttp_header(config.key_id, suite));
  CLAUSTRUM_TRY_ASSIGN(crypto::HpkeSender sender, crypto::hpke_setup_sender_for_testing(
                                                      suite, config.public_key, info, ephemeral));
  return ChunkedRequestSealer(config, std::move(sender), {});
}

Result<Bytes> ChunkedRequestSealer::seal_chunk(BytesView plaintext) {
  CLAUSTRUM_TRY(check_chunk_size(false, plaintext));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, sender_.context.seal(chunk_aad(false), plaintext));
  ByteWriter out;
  out.prefixed_varint(sealed);
  return std::move(out).take();
}

Result<ChunkedRequestSealer::Finished> ChunkedRequestSealer::seal_final(BytesView plaintext) && {
  CLAUSTRUM_TRY(check_chunk_size(true, plaintext));
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, sender_.context.seal(chunk_aad(true), plaintext));
  ByteWriter out;
  out.varint(0).bytes(sealed);
  const crypto::HpkeSuite suite = sender_.context.suite();
  SecretBytes secret =
      sender_.context.export_secret(as_bytes(kChunkedResponseLabel), response_nonce_len(suite));
  return Finished{
      std::move(out).take(),
      ChunkedResponseOpener(suite, std::move(sender_.enc), std::move(secret), response_limits_)};
}

Result<SealedRequest> seal_request(const KeyConfig& config, BytesView message,
                                   const OhttpLimits& response_limits) {
  CLAUSTRUM_TRY_ASSIGN(ChunkedRequestSealer sealer,
                       ChunkedRequestSealer::start(config, response_limits));
  Bytes body = sealer.header();
  while (message.size() > kMaxChunkPlaintext) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes chunk, sealer.seal_chunk(message.first(kMaxChunkPlaintext)));
    append(body, chunk);
    message = message.subspan(kMaxChunkPlaintext);
  }
  CLAUSTRUM_TRY_ASSIGN(ChunkedRequestSealer::Finished finished,
                       std::move(sealer).seal_final(message));
  append(body, finished.bytes);
  return SealedRequest{std::move(body), std::move(finished.opener)};
}

Result<SecretBytes> ChunkedResponseOpener::feed(BytesView bytes) {
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

Result<SecretBytes> ChunkedResponseOpener::advance() {
  SecretBytes plaintext;
  if (!cipher_) {
    const std::size_t length = response_nonce_len(suite_);
    Intake& in = chunks_.intake();
    if (in.size() < length) {
      return plaintext;
    }
    cipher_.emplace(derive_response_keys(suite_, secret_, enc_, in.view().first(length)));
    in.drop(length);
  }
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> sealed, chunks_.next());
    if (!sealed) {
      return plaintext;
    }
    CLAUSTRUM_TRY_ASSIGN(const SecretBytes opened, cipher_->open(false, *sealed));
    CLAUSTRUM_TRY(chunks_.count(opened.size()));
    plaintext.append(opened.reveal());
  }
}

Result<SecretBytes> ChunkedResponseOpener::finish() && {
  if (failed_) {
    return *failed_;
  }
  if (!cipher_) {
    return ohttp_truncated();
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes sealed, chunks_.final_chunk());
  CLAUSTRUM_TRY_ASSIGN(SecretBytes opened, cipher_->open(true, sealed));
  CLAUSTRUM_TRY(chunks_.count(opened.size()));
  return opened;
}

}  // namespace claustrum::channel
