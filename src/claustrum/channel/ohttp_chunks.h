// SPDX-License-Identifier: Apache-2.0
// What client and gateway share of chunked OHTTP [draft-ietf-ohai-chunked-ohttp 6, RFC
// 9458 4.3, 4.4]: labels, key derivation, the chunk stream and the response's cipher. Lengths in
// the stream are not authenticated, so they are bounded; the order of chunks is, by the nonce; the
// end is, by "final".
#pragma once

#include "claustrum/channel/intake.h"
#include "claustrum/crypto/hpke.h"

namespace claustrum::channel {

inline constexpr std::size_t kMaxChunkPlaintext = 16384;
inline constexpr std::size_t kOhttpHeaderLen = 7;
inline constexpr std::string_view kChunkedRequestLabel = "message/bhttp chunked request";
inline constexpr std::string_view kChunkedResponseLabel = "message/bhttp chunked response";

struct OhttpLimits {
  std::size_t max_message_bytes = 64 * 1024 * 1024;  // plaintext of all chunks
};

// Splits a chunk stream. The opener is told each sealed chunk in order, the final one at the end.
class ChunkReader {
 public:
  explicit ChunkReader(const OhttpLimits& limits) : limits_(limits) {}
  void push(BytesView bytes) { in_.push(bytes); }
  Intake& intake() { return in_; }
  // The next non-final sealed chunk; nullopt until more bytes come. Exhausted "ohttp.chunk_limit".
  Result<std::optional<Bytes>> next();
  // The sealed final chunk; unavailable "ohttp.truncated" when its mark never came.
  Result<Bytes> final_chunk() const;
  // Counts plaintext: exhausted "ohttp.message_limit".
  Status count(std::size_t plaintext_len);

 private:
  OhttpLimits limits_;
  Intake in_;
  bool final_started_ = false;
  std::size_t total_ = 0;
};

// Key material of one response [RFC 9458 4.4]; `secret` is the request's HPKE export.
struct ResponseKeys {
  crypto::Aead aead;
  ByteArray<crypto::kAeadNonceLen> base_nonce;
};
ResponseKeys derive_response_keys(const crypto::HpkeSuite& suite, const SecretBytes& secret,
                                  BytesView enc, BytesView response_nonce);
// max(Nn, Nk)
std::size_t response_nonce_len(const crypto::HpkeSuite& suite);
// label || 0 || header
Bytes ohttp_info(std::string_view label, BytesView header);
Bytes ohttp_header(std::uint8_t key_id, const crypto::HpkeSuite& suite);

// Additional data of a chunk: "final" for the last of a message, else empty. The host can move the
// final mark, but not make a chunk open under the other.
BytesView chunk_aad(bool final);
// Senders: 1 to 16384 bytes, the final chunk also 0. Malformed "ohttp.chunk_size".
Status check_chunk_size(bool final, BytesView plaintext);
// Receivers: what every chunk that did not open is, and every empty one that is not final. Bad
// signature "ohttp.chunk".
Result<SecretBytes> check_opened(bool final, Result<SecretBytes> opened);
Error ohttp_truncated();

// Seals or opens the chunks of one response, counting them.
class ResponseCipher {
 public:
  explicit ResponseCipher(ResponseKeys keys) : keys_(std::move(keys)) {}
  Bytes seal(bool final, BytesView plaintext);
  Result<SecretBytes> open(bool final, BytesView sealed);

 private:
  ByteArray<crypto::kAeadNonceLen> next_nonce();
  ResponseKeys keys_;
  std::uint64_t counter_ = 0;
};

}  // namespace claustrum::channel
