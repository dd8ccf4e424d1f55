// SPDX-License-Identifier: Apache-2.0
// Chunked Oblivious HTTP [draft-ietf-ohai-chunked-ohttp, RFC 9458]: HPKE from a client to a key
// that exists only inside a TEE, chunk by chunk, and back.
//
//   request   key_id(1) kem_id(2) kdf_id(2) aead_id(2) enc | chunks
//   response  response_nonce(max(Nn, Nk)) | chunks
//   chunks    (varint length >= 1, sealed)*  varint 0, sealed final chunk to the end of the body
//
// The host carries every byte, so an end of the body proves nothing: a message is whole only once
// its final chunk opened with the additional data "final". The types follow the protocol's states:
// who has a ChunkedResponseSealer has opened a whole, fresh request.
#pragma once

#include "claustrum/channel/key_config.h"
#include "claustrum/channel/ohttp_chunks.h"
#include "claustrum/channel/replay_memory.h"

namespace claustrum::channel {

// Client: the answer to one request.
class ChunkedResponseOpener {
 public:
  // Plaintext of the chunks that became whole, all of them authentic. Bad signature "ohttp.chunk".
  Result<SecretBytes> feed(BytesView bytes);
  // The body ended: plaintext of the final chunk. Unavailable "ohttp.truncated" when it never came,
  // bad signature "ohttp.chunk" when it was cut or forged. Success means that the answer is whole.
  Result<SecretBytes> finish() &&;

 private:
  friend class ChunkedRequestSealer;
  ChunkedResponseOpener(const crypto::HpkeSuite& suite, Bytes enc, SecretBytes secret,
                        const OhttpLimits& limits)
      : suite_(suite), enc_(std::move(enc)), secret_(std::move(secret)), chunks_(limits) {}
  crypto::HpkeSuite suite_;
  Bytes enc_;
  SecretBytes secret_;
  Result<SecretBytes> advance();
  ChunkReader chunks_;
  std::optional<ResponseCipher> cipher_;
  std::optional<Error> failed_;
};

// Client: one request.
class ChunkedRequestSealer {
 public:
  // With the configuration's preferred suite. The key must come out of verified evidence.
  static Result<ChunkedRequestSealer> start(const KeyConfig& config,
                                            const OhttpLimits& response_limits = {});
  static Result<ChunkedRequestSealer> start_for_testing(const KeyConfig& config,
                                                        const crypto::HpkeSuite& suite,
                                                        const crypto::PrivateKey& ephemeral);
  // The first bytes of the body.
  const Bytes& header() const { return header_; }
  // 1 to 16384 bytes of plaintext; malformed "ohttp.chunk_size" otherwise.
  Result<Bytes> seal_chunk(BytesView plaintext);
  struct Finished;
  // 0 to 16384 bytes, the last of the message.
  Result<Finished> seal_final(BytesView plaintext) &&;

 private:
  ChunkedRequestSealer(const KeyConfig& config, crypto::HpkeSender sender,
                       const OhttpLimits& limits);
  Bytes header_;
  crypto::HpkeSender sender_;
  OhttpLimits response_limits_;
};

struct ChunkedRequestSealer::Finished {
  Bytes bytes;
  ChunkedResponseOpener opener;
};

// A whole request body in one go, in as few chunks as there can be.
struct SealedRequest {
  Bytes body;
  ChunkedResponseOpener opener;
};
Result<SealedRequest> seal_request(const KeyConfig& config, BytesView message,
                                   const OhttpLimits& response_limits = {});

// Gateway: one private key with the memory of what it opened. Neither outlives the other.
class OhttpKey {
 public:
  OhttpKey(std::uint8_t key_id, crypto::HpkeKem kem, std::vector<SymmetricSuite> suites,
           crypto::PrivateKey private_key, std::size_t max_requests = ReplayMemory::kMaxEntries);
  // A fresh X25519 key with HKDF-SHA256 and AES-256-GCM.
  static std::shared_ptr<OhttpKey> generate(std::uint8_t key_id);

  const KeyConfig& config() const { return config_; }
  const crypto::PrivateKey& private_key() const { return private_key_; }
  ReplayMemory& replay() const { return replay_; }

 private:
  KeyConfig config_;
  crypto::PrivateKey private_key_;
  mutable ReplayMemory replay_;
};

// Shared: a request that is being read keeps its key through a rotation.
using OhttpKeys = std::vector<std::shared_ptr<const OhttpKey>>;

// Gateway: the answer to one opened request.
class ChunkedResponseSealer {
 public:
  // The first bytes of the body.
  const Bytes& header() const { return response_nonce_; }
  Result<Bytes> seal_chunk(BytesView plaintext);
  Result<Bytes> seal_final(BytesView plaintext) &&;
  // The same answer with a chosen nonce, for the draft's vector only.
  ChunkedResponseSealer with_nonce_for_testing(BytesView response_nonce) &&;

 private:
  friend class ChunkedRequestOpener;
  ChunkedResponseSealer(const crypto::HpkeSuite& suite, Bytes enc, SecretBytes secret,
                        Bytes response_nonce);
  crypto::HpkeSuite suite_;
  Bytes enc_;
  SecretBytes secret_;
  Bytes response_nonce_;
  ResponseCipher cipher_;
};

// Gateway: one request, as it arrives.
class ChunkedRequestOpener {
 public:
  explicit ChunkedRequestOpener(OhttpKeys keys, const OhttpLimits& limits = {})
      : keys_(std::move(keys)), chunks_(limits) {}
  // Plaintext of the chunks that became whole. Not found "ohttp.key_id": the client's key
  // configuration is out of date; unsupported "ohttp.suite": not offered; conflict "ohttp.replay".
  Result<SecretBytes> feed(BytesView bytes);
  struct Opened;
  // The body ended. Success means that the request is whole and fresh.
  Result<Opened> finish() &&;

 private:
  Result<SecretBytes> advance();
  Result<bool> read_header();
  Result<SecretBytes> open(bool final, BytesView sealed);
  OhttpKeys keys_;
  ChunkReader chunks_;
  std::shared_ptr<const OhttpKey> key_;
  Bytes enc_;
  std::optional<crypto::HpkeContext> context_;
  bool fresh_ = false;
  std::optional<Error> failed_;
};

struct ChunkedRequestOpener::Opened {
  SecretBytes last;  // plaintext of the final chunk
  ChunkedResponseSealer sealer;
};

}  // namespace claustrum::channel
