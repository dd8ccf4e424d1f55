// SPDX-License-Identifier: Apache-2.0
// The fast engine of a build without libipsec-mb: there is none [ARCHITECTURE 7].
#include "claustrum/sealed/bulk_fast.h"

namespace claustrum::sealed::fast {

bool available() {
  return false;
}

std::unique_ptr<ChunkCipher> make_chunk_cipher(BytesView) {
  return nullptr;
}

bool sha256_many(std::span<const BytesView>, std::span<crypto::Sha256Digest>) {
  return false;
}

}  // namespace claustrum::sealed::fast
