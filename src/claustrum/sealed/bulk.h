// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM over whole chunks and SHA-256 over many pieces at once, at memory speed
// [ARCHITECTURE 7: libipsec-mb where present, EVP else]. The fast engine lives here and not in
// crypto: only sealed files need it, so a verifier or broker that links crypto does not also link a
// bulk-crypto library. Both engines give the same bytes; which one runs can never change a verdict.
#pragma once

#include <memory>

#include "claustrum/base/secret.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::sealed {

inline constexpr std::size_t kTagLen = 16;
inline constexpr std::size_t kNonceLen = 12;

// One key's cipher, empty AAD. Not thread-safe; make one per thread.
class ChunkCipher {
 public:
  virtual ~ChunkCipher() = default;
  // sealed.size() == plaintext.size() + kTagLen.
  virtual void seal(BytesView nonce, BytesView plaintext, std::span<std::uint8_t> sealed) = 0;
  // plaintext.size() == sealed.size() - kTagLen. False, with `plaintext` wiped, when the tag does
  // not hold.
  [[nodiscard]] virtual bool open(BytesView nonce, BytesView sealed,
                                  std::span<std::uint8_t> plaintext) = 0;
};

enum class Engine { kBest, kPortable };

// key: 32 bytes.
std::unique_ptr<ChunkCipher> make_chunk_cipher(BytesView key, Engine engine = Engine::kBest);
// out[i] = SHA-256(pieces[i]). Fast for pieces up to 32 KiB, correct for any.
void sha256_many(std::span<const BytesView> pieces, std::span<crypto::Sha256Digest> out,
                 Engine engine = Engine::kBest);
// Was a fast engine built in, and does this processor (and its self-test) allow it?
bool fast_engine_available();

}  // namespace claustrum::sealed
