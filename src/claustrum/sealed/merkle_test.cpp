// SPDX-License-Identifier: Apache-2.0
#include "claustrum/sealed/merkle.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

// RFC 6962 2.1, literally: split at the largest power of two below n.
crypto::Sha256Digest reference_root(std::span<const Leaf> leaves) {
  if (leaves.size() == 1) {
    return leaves[0];
  }
  std::size_t split = 1;
  while (split * 2 < leaves.size()) {
    split *= 2;
  }
  const auto left = reference_root(leaves.first(split));
  const auto right = reference_root(leaves.subspan(split));
  const ByteArray<1> prefix{kNodePrefix};
  return crypto::sha256(concat({prefix, left, right}));
}

TEST(SealedMerkle, AgreesWithTheRecursiveDefinition) {
  std::vector<Leaf> leaves;
  for (std::uint32_t i = 0; i < 300; ++i) {
    leaves.push_back(crypto::sha256(testing::noise(10, i)));
    EXPECT_EQ(merkle_root(leaves), reference_root(leaves)) << leaves.size();
    EXPECT_EQ(merkle_root(leaves, Engine::kPortable), reference_root(leaves)) << leaves.size();
  }
}

TEST(SealedMerkle, LeafAndNodeHashesDiffer) {
  // RFC 6962: SHA-256(00), the leaf hash of no bytes.
  EXPECT_EQ(codec::hex_encode(leaf_hash({})),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  const Leaf a = leaf_hash(as_bytes("a"));
  const Leaf b = leaf_hash(as_bytes("b"));
  const std::vector<Leaf> two{a, b};
  EXPECT_NE(merkle_root(two), leaf_hash(concat({a, b})));
}

TEST(SealedMerkle, OrderAndNumberOfLeavesMatter) {
  const Leaf a = leaf_hash(as_bytes("a"));
  const Leaf b = leaf_hash(as_bytes("b"));
  EXPECT_NE(merkle_root(std::vector<Leaf>{a, b}), merkle_root(std::vector<Leaf>{b, a}));
  EXPECT_NE(merkle_root(std::vector<Leaf>{a, b}), merkle_root(std::vector<Leaf>{a, b, b}));
}

}  // namespace
}  // namespace claustrum::sealed
