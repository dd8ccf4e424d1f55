// SPDX-License-Identifier: Apache-2.0
// The identity of a file: a Merkle tree (RFC 6962 2.1 hashing, SHA-256) over its 16 KiB plaintext
// chunks [PROTOCOL 8]. Whoever holds the key can make two ciphertexts with one header, so neither
// ciphertext nor key commitment says which file was opened; this root does.
#pragma once

#include "claustrum/sealed/bulk.h"

namespace claustrum::sealed {

using Leaf = crypto::Sha256Digest;
inline constexpr std::uint8_t kLeafPrefix = 0x00;
inline constexpr std::uint8_t kNodePrefix = 0x01;

// SHA-256(00 || chunk).
Leaf leaf_hash(BytesView chunk);
// At least one leaf (an empty file has one empty chunk).
crypto::Sha256Digest merkle_root(std::span<const Leaf> leaves, Engine engine = Engine::kBest);

}  // namespace claustrum::sealed
