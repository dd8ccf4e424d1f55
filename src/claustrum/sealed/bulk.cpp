// SPDX-License-Identifier: Apache-2.0
// Chooses between the fast engine and the portable one [ARCHITECTURE 7].
#include "claustrum/sealed/bulk.h"

#include <algorithm>

#include "claustrum/crypto/aead.h"
#include "claustrum/sealed/bulk_fast.h"

namespace claustrum::sealed {
namespace {

static_assert(kTagLen == crypto::kAeadTagLen && kNonceLen == crypto::kAeadNonceLen);

class PortableCipher final : public ChunkCipher {
 public:
  explicit PortableCipher(BytesView key) : aead_(crypto::AeadAlg::kAes256Gcm, key) {}

  void seal(BytesView nonce, BytesView plaintext, std::span<std::uint8_t> sealed) override {
    const Bytes result = aead_.seal(nonce, {}, plaintext);
    CLAUSTRUM_CHECK(result.size() == sealed.size());
    std::copy(result.begin(), result.end(), sealed.begin());
  }

  bool open(BytesView nonce, BytesView sealed, std::span<std::uint8_t> plaintext) override {
    return aead_.open_into(nonce, {}, sealed, plaintext).ok();
  }

 private:
  crypto::Aead aead_;
};

bool fits_fast_engine(std::span<const BytesView> pieces) {
  return std::all_of(pieces.begin(), pieces.end(),
                     [](BytesView piece) { return piece.size() <= fast::kMaxPieceLen; });
}

}  // namespace

std::unique_ptr<ChunkCipher> make_chunk_cipher(BytesView key, Engine engine) {
  if (engine == Engine::kBest && fast::available()) {
    return fast::make_chunk_cipher(key);
  }
  return std::make_unique<PortableCipher>(key);
}

void sha256_many(std::span<const BytesView> pieces, std::span<crypto::Sha256Digest> out,
                 Engine engine) {
  CLAUSTRUM_CHECK(pieces.size() == out.size());
  if (engine == Engine::kBest && fast::available() && fits_fast_engine(pieces) &&
      fast::sha256_many(pieces, out)) {
    return;
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    out[i] = crypto::sha256(pieces[i]);
  }
}

bool fast_engine_available() {
  return fast::available();
}

}  // namespace claustrum::sealed
