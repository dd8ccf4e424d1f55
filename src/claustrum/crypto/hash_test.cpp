// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/hash.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"

namespace claustrum::crypto {
namespace {

using codec::hex_encode;

// FIPS 180-4 examples.
TEST(Hash, Sha2OfAbc) {
  EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(sha384(as_bytes("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex_encode(sha512(as_bytes("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Hash, OfNothing) {
  EXPECT_EQ(hex_encode(sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, IncrementalEqualsOneShotForEverySplit) {
  Bytes data(300);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::uint8_t>(i);
  }
  for (const HashAlg alg : {HashAlg::kSha256, HashAlg::kSha384, HashAlg::kSha512}) {
    const Bytes whole = hash(alg, data);
    EXPECT_EQ(whole.size(), digest_len(alg));
    for (std::size_t split = 0; split <= data.size(); split += 7) {
      Hasher hasher(alg);
      hasher.update(BytesView(data).first(split)).update(BytesView(data).subspan(split));
      EXPECT_EQ(hasher.finish(), whole);
    }
  }
}

TEST(Hash, MovedHasherGoesOn) {
  Hasher first(HashAlg::kSha256);
  first.update("a");
  Hasher second = std::move(first);
  EXPECT_EQ(second.update("bc").finish(), hash(HashAlg::kSha256, as_bytes("abc")));
}

}  // namespace
}  // namespace claustrum::crypto
