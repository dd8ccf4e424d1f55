// SPDX-License-Identifier: Apache-2.0
// Computes the tree level by level: neighbours are joined, a lone last node moves up unchanged.
// This is the tree of RFC 6962 2.1, whose splits fall at powers of two.
#include "claustrum/sealed/merkle.h"

#include <algorithm>
#include <array>

namespace claustrum::sealed {
namespace {

constexpr std::size_t kNodeInputLen = 1 + 32 + 32;
constexpr std::size_t kBatch = 64;

// Joins level[2i], level[2i+1] into level[i] for i in [first, first + count).
void join_batch(std::vector<Leaf>& level, std::size_t first, std::size_t count, Engine engine) {
  std::array<ByteArray<kNodeInputLen>, kBatch> inputs;
  std::array<BytesView, kBatch> pieces;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t left = 2 * (first + i);
    inputs[i][0] = kNodePrefix;
    std::copy(level[left].begin(), level[left].end(), inputs[i].begin() + 1);
    std::copy(level[left + 1].begin(), level[left + 1].end(), inputs[i].begin() + 33);
    pieces[i] = inputs[i];
  }
  sha256_many(std::span(pieces).first(count), std::span(level).subspan(first, count), engine);
}

}  // namespace

Leaf leaf_hash(BytesView chunk) {
  Bytes input{kLeafPrefix};
  append(input, chunk);
  const Leaf leaf = crypto::sha256(input);
  wipe(input.data(), input.size());
  return leaf;
}

crypto::Sha256Digest merkle_root(std::span<const Leaf> leaves, Engine engine) {
  CLAUSTRUM_CHECK(!leaves.empty());
  std::vector<Leaf> level(leaves.begin(), leaves.end());
  while (level.size() > 1) {
    const std::size_t pairs = level.size() / 2;
    for (std::size_t at = 0; at < pairs; at += kBatch) {
      join_batch(level, at, std::min(kBatch, pairs - at), engine);
    }
    const bool lone = level.size() % 2 == 1;
    if (lone) {
      level[pairs] = level.back();
    }
    level.resize(pairs + (lone ? 1 : 0));
  }
  return level.front();
}

}  // namespace claustrum::sealed
