// SPDX-License-Identifier: Apache-2.0
// What a fast engine offers to bulk.cpp. CMake compiles exactly one implementation: the libipsec-mb
// adapter where the library is found, else one that says "unavailable". Internal to this folder.
#pragma once

#include "claustrum/sealed/bulk.h"

namespace claustrum::sealed::fast {

inline constexpr std::size_t kMaxPieceLen = 32 * 1024;

bool available();
// Only when available().
std::unique_ptr<ChunkCipher> make_chunk_cipher(BytesView key);
// Only when available(); every piece at most kMaxPieceLen. False when the library refused a job.
[[nodiscard]] bool sha256_many(std::span<const BytesView> pieces,
                               std::span<crypto::Sha256Digest> out);

}  // namespace claustrum::sealed::fast
