// SPDX-License-Identifier: Apache-2.0
// Cobblestone-256: C2SP chunked-encryption v1 with AES-256-GCM (docs/formats/sealed.md). Guards
// against a file that opens under two keys (commitment, checked before anything else), reordered or
// swapped chunks (nonce = number, context = where the file belongs), truncation (only the last
// chunk is short, and it always is) and plaintext released before its tag is checked.
//
//   offset 0   salt, 24 random bytes
//         24   commitment, 32 bytes
//         56   chunk k at 56 + k * 16400: 16384 bytes of ciphertext (the last: 0..16383), 16 of tag
#pragma once

#include "claustrum/base/result.h"
#include "claustrum/sealed/bulk.h"

namespace claustrum::sealed {

inline constexpr std::size_t kChunkLen = 16384;
inline constexpr std::size_t kSealedChunkLen = kChunkLen + kTagLen;
inline constexpr std::size_t kSaltLen = 24;
inline constexpr std::size_t kCommitmentLen = 32;
inline constexpr std::size_t kHeaderLen = kSaltLen + kCommitmentLen;
inline constexpr std::uint64_t kMaxChunks = std::uint64_t{1} << 38;
inline constexpr std::size_t kFileKeyLen = 32;

using FileKey = SecretArray<kFileKeyLen>;
// 32 bytes, else malformed "sealed.key".
Result<FileKey> file_key_from(BytesView key);

// Chunks of a file of `size` bytes: always one more than its full chunks.
constexpr std::uint64_t num_chunks(std::uint64_t size) {
  return size / kChunkLen + 1;
}
constexpr std::uint64_t sealed_len(std::uint64_t size) {
  return kHeaderLen + size + num_chunks(size) * kTagLen;
}

// What both directions share: key, base nonce and commitment derived from key, salt and context.
class ChunkKeys {
 public:
  ChunkKeys(const FileKey& key, BytesView salt, BytesView context);
  const ByteArray<kCommitmentLen>& commitment() const { return commitment_; }
  ByteArray<kNonceLen> nonce(std::uint64_t index) const;
  std::unique_ptr<ChunkCipher> cipher(Engine engine) const;

 private:
  SecretArray<32> key_;
  ByteArray<kNonceLen> base_nonce_{};
  ByteArray<kCommitmentLen> commitment_{};
};

// Seals single chunks in any order. The caller numbers each chunk once: sealing two chunks under
// one number gives their difference away. Not thread-safe; clone() for another thread.
class ChunkSealer {
 public:
  ChunkSealer(const FileKey& key, BytesView context, Engine engine = Engine::kBest);
  // With a chosen salt, for vectors only: a repeated salt repeats nonces.
  static ChunkSealer with_salt_for_testing(const FileKey& key, BytesView context,
                                           const ByteArray<kSaltLen>& salt);
  ChunkSealer clone() const { return ChunkSealer(keys_, salt_, engine_); }

  Bytes header() const;
  // chunk.size() == kChunkLen, or less for the last; sealed.size() == chunk.size() + kTagLen.
  void seal_chunk(std::uint64_t index, BytesView chunk, std::span<std::uint8_t> sealed);

 private:
  ChunkSealer(std::shared_ptr<const ChunkKeys> keys, const ByteArray<kSaltLen>& salt,
              Engine engine);
  // Shared by clones; never changes.
  std::shared_ptr<const ChunkKeys> keys_;
  ByteArray<kSaltLen> salt_;
  Engine engine_;
  std::unique_ptr<ChunkCipher> cipher_;
};

// Seals a stream of unknown length: update() any number of times, then finish().
class StreamSealer {
 public:
  StreamSealer(const FileKey& key, BytesView context);
  // Sealed bytes ready to be written, the header before the first.
  Bytes update(BytesView plaintext);
  // The last, short chunk. The object must not be used afterwards.
  Bytes finish();

 private:
  void seal_pending(Bytes& out);
  ChunkSealer sealer_;
  SecretBytes pending_;
  std::uint64_t next_ = 0;
  bool header_sent_ = false;
};

// Opens chunks in any order. `sealed_len` is the host's word: the length it implies is proven only
// once the last chunk has opened. Not thread-safe; clone() for another thread or engine.
class ChunkOpener {
 public:
  // Malformed "sealed.truncated" (no such length exists), exhausted "sealed.too_large",
  // bad_signature "sealed.commitment" (another key, context or salt).
  static Result<ChunkOpener> open(const FileKey& key, BytesView context, BytesView header,
                                  std::uint64_t sealed_len, Engine engine = Engine::kBest);
  ChunkOpener clone(Engine engine) const { return ChunkOpener(keys_, size_, engine); }

  std::uint64_t size() const { return size_; }
  std::uint64_t chunks() const { return num_chunks(size_); }
  // Plaintext length of chunk `index` (< chunks()).
  std::size_t chunk_len(std::uint64_t index) const;
  static std::uint64_t chunk_offset(std::uint64_t index) {
    return kHeaderLen + index * kSealedChunkLen;
  }
  // sealed.size() == chunk_len + kTagLen, out.size() == chunk_len. bad_signature "sealed.tag", with
  // `out` wiped.
  Status open_chunk(std::uint64_t index, BytesView sealed, std::span<std::uint8_t> out);

 private:
  ChunkOpener(std::shared_ptr<const ChunkKeys> keys, std::uint64_t size, Engine engine);
  // Shared by clones; never changes.
  std::shared_ptr<const ChunkKeys> keys_;
  std::uint64_t size_;
  std::unique_ptr<ChunkCipher> cipher_;
};

// Whole messages in memory.
Bytes seal(const FileKey& key, BytesView context, BytesView plaintext);
Result<SecretBytes> open(const FileKey& key, BytesView context, BytesView sealed);

// The context of a model's file: lp("claustrum/sealed/1") lp(model) lp(version) lp(path), where
// lp(x) is a 4-byte big-endian length and x. No file can stand in for another, nor for itself in
// another version.
Bytes file_context(std::string_view model, std::string_view version, std::string_view path);

}  // namespace claustrum::sealed
