// SPDX-License-Identifier: Apache-2.0
#include "claustrum/sealed/bulk.h"

#include <gtest/gtest.h>

#include "claustrum/sealed/bulk_fast.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

using testing::noise;

class Bulk : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Bulk, EnginesSealAlikeAndOpenEachOther) {
  const Bytes key = noise(32, 5);
  const Bytes nonce = noise(kNonceLen, 6);
  const Bytes plain = noise(GetParam());
  const auto best = make_chunk_cipher(key);
  const auto portable = make_chunk_cipher(key, Engine::kPortable);
  Bytes a(plain.size() + kTagLen);
  Bytes b(plain.size() + kTagLen);
  best->seal(nonce, plain, a);
  portable->seal(nonce, plain, b);
  EXPECT_EQ(a, b);
  Bytes opened(plain.size());
  EXPECT_TRUE(best->open(nonce, b, opened));
  EXPECT_EQ(opened, plain);
  opened.assign(plain.size(), 0);
  EXPECT_TRUE(portable->open(nonce, a, opened));
  EXPECT_EQ(opened, plain);
}

TEST_P(Bulk, EnginesRefuseAlikeAndWipe) {
  const Bytes key = noise(32, 5);
  const Bytes nonce = noise(kNonceLen, 6);
  const Bytes plain = noise(GetParam());
  for (const Engine engine : {Engine::kBest, Engine::kPortable}) {
    const auto cipher = make_chunk_cipher(key, engine);
    Bytes sealed(plain.size() + kTagLen);
    cipher->seal(nonce, plain, sealed);
    for (const std::size_t at : {std::size_t{0}, sealed.size() / 2, sealed.size() - 1}) {
      Bytes broken = sealed;
      broken[at] ^= 0x10;
      Bytes opened(plain.size(), 0xAA);
      EXPECT_FALSE(cipher->open(nonce, broken, opened));
      EXPECT_TRUE(all_zero(opened));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Bulk,
                         ::testing::Values(0, 1, 15, 16, 17, 255, 256, 257, 1000, 16383, 16384));

TEST(BulkHash, EnginesAgreeOnAnyMixOfLengths) {
  std::vector<Bytes> pieces;
  for (std::size_t i = 0; i < 133; ++i) {
    pieces.push_back(noise(i * 131 % 16386, static_cast<std::uint32_t>(i)));
  }
  pieces.push_back(noise(16385));
  std::vector<BytesView> views(pieces.begin(), pieces.end());
  std::vector<crypto::Sha256Digest> best(views.size());
  std::vector<crypto::Sha256Digest> portable(views.size());
  sha256_many(views, best);
  sha256_many(views, portable, Engine::kPortable);
  EXPECT_EQ(best, portable);
  EXPECT_EQ(best[5], crypto::sha256(pieces[5]));
}

TEST(BulkHash, TheFastEngineTakesOurPieces) {
  if (!fast_engine_available()) {
    GTEST_SKIP() << "no fast engine in this build or on this processor";
  }
  for (const std::size_t count : {1U, 16U, 64U, 600U}) {
    const Bytes piece = noise(16385);
    const std::vector<BytesView> pieces(count, piece);
    std::vector<crypto::Sha256Digest> out(count);
    ASSERT_TRUE(fast::sha256_many(pieces, out)) << count;
    EXPECT_EQ(out, std::vector<crypto::Sha256Digest>(count, crypto::sha256(piece)));
  }
}

TEST(BulkHash, PiecesBeyondTheFastEnginesLimitAreHashedAllTheSame) {
  const Bytes large = noise(200'000);
  const BytesView piece = large;
  crypto::Sha256Digest digest{};
  sha256_many(std::span(&piece, 1), std::span(&digest, 1));
  EXPECT_EQ(digest, crypto::sha256(large));
}

}  // namespace
}  // namespace claustrum::sealed
