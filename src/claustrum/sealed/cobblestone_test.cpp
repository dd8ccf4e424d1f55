// SPDX-License-Identifier: Apache-2.0
#include "claustrum/sealed/cobblestone.h"

#include <gtest/gtest.h>

#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

using testing::noise;
using testing::test_key;

const BytesView kContext = as_bytes("a context");

void expect_refused(BytesView sealed, Code code, std::string_view reason,
                    BytesView context = kContext) {
  const auto opened = open(test_key(), context, sealed);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), code);
  EXPECT_EQ(opened.error().reason(), reason);
}

TEST(Cobblestone, RoundTripsEverySizeAroundChunkBorders) {
  for (const std::size_t size : {0U, 1U, 16383U, 16384U, 16385U, 32767U, 32768U, 50'000U}) {
    const Bytes plain = noise(size);
    const Bytes sealed = seal(test_key(), kContext, plain);
    EXPECT_EQ(sealed.size(), sealed_len(size));
    const auto opened = open(test_key(), kContext, sealed);
    ASSERT_TRUE(opened.ok()) << size;
    EXPECT_TRUE(equal(opened->reveal(), plain));
  }
}

TEST(Cobblestone, StreamingGivesTheSameWhateverThePieces) {
  const Bytes plain = noise(40'000);
  for (const std::size_t step : {1000U, 16384U, 16385U, 40'000U}) {
    StreamSealer sealer(test_key(), kContext);
    Bytes sealed;
    for (std::size_t at = 0; at < plain.size(); at += step) {
      append(sealed, sealer.update(BytesView(plain).subspan(at).first(
                         std::min<std::size_t>(step, plain.size() - at))));
    }
    append(sealed, sealer.finish());
    const auto opened = open(test_key(), kContext, sealed);
    ASSERT_TRUE(opened.ok()) << step;
    EXPECT_TRUE(equal(opened->reveal(), plain));
  }
}

TEST(Cobblestone, SaltsDiffer) {
  EXPECT_NE(seal(test_key(), kContext, {}), seal(test_key(), kContext, {}));
}

TEST(Cobblestone, OpensChunksInAnyOrder) {
  const Bytes plain = noise(3 * kChunkLen + 5);
  const Bytes sealed = seal(test_key(), kContext, plain);
  const BytesView view = sealed;
  auto opener = ChunkOpener::open(test_key(), kContext, view.first(kHeaderLen), sealed.size());
  ASSERT_TRUE(opener.ok());
  ASSERT_EQ(opener->chunks(), 4U);
  for (const std::uint64_t k : {3U, 1U, 0U, 2U, 1U}) {
    Bytes out(opener->chunk_len(k));
    ASSERT_TRUE(
        opener->open_chunk(k, view.subspan(ChunkOpener::chunk_offset(k), out.size() + kTagLen), out)
            .ok());
    EXPECT_TRUE(equal(out, BytesView(plain).subspan(k * kChunkLen, out.size())));
  }
}

TEST(Cobblestone, RefusesAnotherKeyBeforeAnyChunk) {
  const Bytes sealed = seal(test_key(8), kContext, noise(10));
  expect_refused(sealed, Code::kBadSignature, "sealed.commitment");
}

TEST(Cobblestone, RefusesAnotherContextBeforeAnyChunk) {
  const Bytes sealed = seal(test_key(), kContext, noise(10));
  expect_refused(sealed, Code::kBadSignature, "sealed.commitment", as_bytes("b context"));
}

TEST(Cobblestone, RefusesAChangedCommitment) {
  Bytes sealed = seal(test_key(), kContext, noise(10));
  sealed[kSaltLen] ^= 1;
  expect_refused(sealed, Code::kBadSignature, "sealed.commitment");
}

TEST(Cobblestone, RefusesAChangedChunkAndReleasesNothingOfIt) {
  Bytes sealed = seal(test_key(), kContext, noise(kChunkLen + 10));
  sealed[kHeaderLen + 100] ^= 1;
  expect_refused(sealed, Code::kBadSignature, "sealed.tag");
  const BytesView view = sealed;
  auto opener = ChunkOpener::open(test_key(), kContext, view.first(kHeaderLen), sealed.size());
  ASSERT_TRUE(opener.ok());
  Bytes out(kChunkLen, 0xAA);
  EXPECT_FALSE(opener->open_chunk(0, view.subspan(kHeaderLen, kSealedChunkLen), out).ok());
  EXPECT_TRUE(all_zero(out));
}

TEST(Cobblestone, RefusesSwappedChunks) {
  Bytes sealed = seal(test_key(), kContext, noise(2 * kChunkLen));
  std::swap_ranges(sealed.begin() + kHeaderLen, sealed.begin() + kHeaderLen + kSealedChunkLen,
                   sealed.begin() + kHeaderLen + kSealedChunkLen);
  expect_refused(sealed, Code::kBadSignature, "sealed.tag");
}

TEST(Cobblestone, RefusesAFileCutAtAChunkBorder) {
  Bytes sealed = seal(test_key(), kContext, noise(2 * kChunkLen + 7));
  sealed.resize(kHeaderLen + 2 * kSealedChunkLen);
  expect_refused(sealed, Code::kMalformed, "sealed.truncated");
}

TEST(Cobblestone, RefusesBytesAfterTheEnd) {
  Bytes sealed = seal(test_key(), kContext, noise(100));
  append(sealed, noise(20));
  expect_refused(sealed, Code::kBadSignature, "sealed.tag");
}

TEST(Cobblestone, RefusesEveryPrefix) {
  const Bytes sealed = seal(test_key(), kContext, noise(kChunkLen + 30));
  for (std::size_t length = 0; length < sealed.size();
       length += length < 200 || length + 200 > sealed.size() ? 1U : 97U) {
    EXPECT_FALSE(open(test_key(), kContext, BytesView(sealed).first(length)).ok()) << length;
  }
}

TEST(Cobblestone, RefusesEveryFlippedBit) {
  const Bytes sealed = seal(test_key(), kContext, noise(40));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(open(test_key(), kContext, flipped).ok()) << bit;
  }
}

TEST(Cobblestone, RefusesMoreChunksThanTheFormatNumbers) {
  const Bytes sealed = seal(test_key(), kContext, {});
  const std::uint64_t length = kHeaderLen + kMaxChunks * kSealedChunkLen + kTagLen;
  const auto opener =
      ChunkOpener::open(test_key(), kContext, BytesView(sealed).first(kHeaderLen), length);
  ASSERT_FALSE(opener.ok());
  EXPECT_EQ(opener.error().reason(), "sealed.too_large");
}

TEST(Cobblestone, KeysHave32Bytes) {
  EXPECT_TRUE(file_key_from(noise(32)).ok());
  for (const std::size_t size : {0U, 31U, 33U}) {
    EXPECT_EQ(file_key_from(noise(size)).error().reason(), "sealed.key");
  }
}

TEST(Cobblestone, ContextsOfFilesAreUnambiguous) {
  EXPECT_NE(file_context("a", "bc", "d"), file_context("ab", "c", "d"));
  EXPECT_NE(file_context("a", "b", "cd"), file_context("a", "bc", "d"));
  EXPECT_EQ(file_context("m", "1", "p"), to_bytes(std::string_view("\0\0\0\x12"
                                                                   "claustrum/sealed/1"
                                                                   "\0\0\0\1m\0\0\0\1"
                                                                   "1\0\0\0\1p",
                                                                   37)));
}

}  // namespace
}  // namespace claustrum::sealed
