// SPDX-License-Identifier: Apache-2.0
// The vectors of docs/formats/sealed.md, made by another implementation.
#include <gtest/gtest.h>

#include <numeric>

#include "claustrum/codec/hex.h"
#include "claustrum/sealed/manifest.h"
#include "claustrum/sealed/merkle.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

class SealedFormat : public ::testing::Test {
 protected:
  // The document states `value` in the row `what`.
  void expect_documented(std::string_view what, BytesView value) const {
    const std::string row = "| " + std::string(what) + " | `" + codec::hex_encode(value) + "` |";
    EXPECT_NE(document_.find(row), std::string::npos) << row;
  }

  const std::string document_ =
      std::string(as_text(testing::read_file(CLAUSTRUM_SOURCE_DIR "/docs/formats/sealed.md")));
  const Bytes context_ = file_context("tiny", "1", "config.json");
};

TEST_F(SealedFormat, CiphertextIsTheDocuments) {
  FileKey key;
  std::iota(key.writable().begin(), key.writable().end(), std::uint8_t{0});
  ByteArray<kSaltLen> salt;
  std::iota(salt.begin(), salt.end(), std::uint8_t{0});
  auto sealer = ChunkSealer::with_salt_for_testing(key, context_, salt);
  Bytes chunk(5 + kTagLen);
  sealer.seal_chunk(0, as_bytes("hello"), chunk);
  expect_documented("context", context_);
  expect_documented("`0.sealed`", concat({sealer.header(), chunk}));
}

TEST_F(SealedFormat, IdentityIsTheDocuments) {
  const auto root = merkle_root(std::vector<Leaf>{leaf_hash(as_bytes("hello"))});
  expect_documented("`0.leaves` = root", root);
  const Manifest manifest{"tiny", "1", {{"config.json", 5, root}}};
  expect_documented("manifest digest", manifest_digest(encode_manifest(manifest)));
  const std::vector<Leaf> two{leaf_hash(Bytes(kChunkLen, 0xab)), leaf_hash({})};
  expect_documented("root of 16384 bytes `ab` (two leaves, the second of no bytes)",
                    merkle_root(two));
}

}  // namespace
}  // namespace claustrum::sealed
