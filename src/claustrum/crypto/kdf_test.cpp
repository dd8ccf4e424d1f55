// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/kdf.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/test_wycheproof.h"

namespace claustrum::crypto {
namespace {

struct NamedAlg {
  const char* name;
  HashAlg alg;
};

TEST(Kdf, HmacAgreesWithWycheproof) {
  for (const NamedAlg& it : {NamedAlg{"hmac_sha256_test.json", HashAlg::kSha256},
                             NamedAlg{"hmac_sha384_test.json", HashAlg::kSha384}}) {
    const bool found = for_each_wycheproof(it.name, [&](const WycheproofCase& c) {
      const Bytes tag = c.hex("tag");
      if (tag.size() != digest_len(it.alg)) {
        return;  // truncated tags are nobody's format here
      }
      c.expect_verdict(equal_constant_time(hmac(it.alg, c.hex("key"), c.hex("msg")), tag));
    });
    if (!found) {
      GTEST_SKIP() << "no vectors";
    }
  }
}

TEST(Kdf, HkdfAgreesWithWycheproof) {
  for (const NamedAlg& it : {NamedAlg{"hkdf_sha256_test.json", HashAlg::kSha256},
                             NamedAlg{"hkdf_sha384_test.json", HashAlg::kSha384},
                             NamedAlg{"hkdf_sha512_test.json", HashAlg::kSha512}}) {
    const bool found = for_each_wycheproof(it.name, [&](const WycheproofCase& c) {
      const auto size = static_cast<std::size_t>(c.test.find("size")->integer());
      if (size > 255 * digest_len(it.alg)) {
        EXPECT_EQ(c.expect, Expect::kInvalid);  // a caller's bug: the function would abort
        return;
      }
      const SecretBytes prk = hkdf_extract(it.alg, c.hex("salt"), c.hex("ikm"));
      const SecretBytes okm = hkdf_expand(it.alg, prk.reveal(), c.hex("info"), size);
      c.expect_verdict(equal(okm.reveal(), c.hex("okm")));
    });
    if (!found) {
      GTEST_SKIP() << "no vectors";
    }
  }
}

TEST(Kdf, HkdfGivesNothingForLengthZero) {
  EXPECT_TRUE(hkdf_expand(HashAlg::kSha256, Bytes(32), {}, 0).empty());
}

TEST(Kdf, HkdfReachesTheLongestOutput) {
  const SecretBytes longest = hkdf_expand(HashAlg::kSha256, Bytes(32), as_bytes("x"), 255 * 32);
  EXPECT_EQ(longest.size(), 255U * 32U);
  const SecretBytes shorter = hkdf_expand(HashAlg::kSha256, Bytes(32), as_bytes("x"), 254 * 32);
  EXPECT_TRUE(equal(shorter.reveal(), longest.reveal().first(254 * 32)));
}

TEST(Kdf, HmacOfEmptyKeyAndMessage) {
  EXPECT_EQ(codec::hex_encode(hmac(HashAlg::kSha256, {}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// Without parties the OtherInfo is: length and name, two empty fields, the key length in bits.
TEST(Kdf, ConcatKdfIsTheStatedHash) {
  const Bytes z(32, 0x11);
  const Bytes input = concat({Bytes{0, 0, 0, 1}, z, Bytes{0, 0, 0, 7}, as_bytes("A256GCM"),
                              Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}});
  EXPECT_TRUE(equal(concat_kdf_sha256(z, "A256GCM", 256).reveal(), sha256(input)));
}

TEST(Kdf, ConcatKdfRunsSeveralRounds) {
  const Bytes z(32, 0x11);
  const SecretBytes one = concat_kdf_sha256(z, "A256CBC-HS512", 512);
  EXPECT_EQ(one.size(), 64U);
  EXPECT_FALSE(equal(one.reveal().first(32), one.reveal().last(32)));
  const SecretBytes half = concat_kdf_sha256(z, "A256CBC-HS512", 384);
  EXPECT_EQ(half.size(), 48U);
}

}  // namespace
}  // namespace claustrum::crypto
