// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/aead.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/random.h"
#include "claustrum/crypto/test_wycheproof.h"

namespace claustrum::crypto {
namespace {

constexpr AeadAlg kAll[] = {AeadAlg::kAes128Gcm, AeadAlg::kAes256Gcm, AeadAlg::kChaCha20Poly1305};

std::optional<AeadAlg> alg_for(std::string_view file, const WycheproofCase& c) {
  if (c.group.find("ivSize")->integer() != 96 || c.group.find("tagSize")->integer() != 128) {
    return std::nullopt;
  }
  const std::int64_t bits = c.group.find("keySize")->integer();
  if (file[0] == 'c') {
    return AeadAlg::kChaCha20Poly1305;
  }
  return bits == 128   ? std::optional(AeadAlg::kAes128Gcm)
         : bits == 256 ? std::optional(AeadAlg::kAes256Gcm)
                       : std::nullopt;
}

void check_case(AeadAlg alg, const WycheproofCase& c) {
  const Aead aead(alg, c.hex("key"));
  const Bytes sealed = concat({c.hex("ct"), c.hex("tag")});
  const Bytes message = c.hex("msg");
  const Result<SecretBytes> opened = aead.open(c.hex("iv"), c.hex("aad"), sealed);
  c.expect_verdict(opened.ok());
  if (opened.ok()) {
    EXPECT_TRUE(equal(opened->reveal(), message));
    EXPECT_EQ(aead.seal(c.hex("iv"), c.hex("aad"), message), sealed);
  } else {
    EXPECT_EQ(opened.error().reason(), "aead.open");
  }
}

TEST(Aead, AgreesWithWycheproof) {
  for (const char* file : {"aes_gcm_test.json", "chacha20_poly1305_test.json"}) {
    std::size_t checked = 0;
    const bool found = for_each_wycheproof(file, [&](const WycheproofCase& c) {
      const std::optional<AeadAlg> alg = alg_for(file, c);
      if (alg) {
        check_case(*alg, c);
        ++checked;
      }
    });
    if (!found) {
      GTEST_SKIP() << "no vectors";
    }
    EXPECT_GT(checked, 100U);
  }
}

TEST(Aead, OneObjectSealsAndOpensInTurn) {
  for (const AeadAlg alg : kAll) {
    const SecretBytes key = random_secret(aead_key_len(alg));
    const Aead aead(alg, key.reveal());
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U}) {
      const auto nonce = random_array<kAeadNonceLen>();
      const Bytes message(size, 0x5a);
      const Bytes sealed = aead.seal(nonce, as_bytes("aad"), message);
      EXPECT_EQ(sealed.size(), size + kAeadTagLen);
      const Result<SecretBytes> opened = aead.open(nonce, as_bytes("aad"), sealed);
      ASSERT_TRUE(opened.ok());
      EXPECT_TRUE(equal(opened->reveal(), message));
    }
  }
}

TEST(Aead, RefusesEveryFlippedBit) {
  for (const AeadAlg alg : kAll) {
    const Aead aead(alg, Bytes(aead_key_len(alg), 1));
    const ByteArray<kAeadNonceLen> nonce = {};
    Bytes sealed = aead.seal(nonce, as_bytes("aad"), as_bytes("message"));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ (1U << bit % 8));
      const Result<SecretBytes> opened = aead.open(nonce, as_bytes("aad"), sealed);
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().code(), Code::kBadSignature);
      EXPECT_EQ(opened.error().reason(), "aead.open");
      sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ (1U << bit % 8));
    }
    EXPECT_FALSE(aead.open(nonce, as_bytes("aae"), sealed).ok());
    EXPECT_FALSE(aead.open(nonce, {}, sealed).ok());
    EXPECT_FALSE(aead.open(ByteArray<12>{1}, as_bytes("aad"), sealed).ok());
    // A failure leaves the object usable.
    EXPECT_TRUE(aead.open(nonce, as_bytes("aad"), sealed).ok());
  }
}

TEST(Aead, RefusesWhatIsShorterThanATag) {
  const Aead aead(AeadAlg::kAes256Gcm, Bytes(32));
  for (std::size_t size = 0; size < kAeadTagLen; ++size) {
    const Result<SecretBytes> opened = aead.open(ByteArray<12>{}, {}, Bytes(size));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().reason(), "aead.open");
  }
}

TEST(Aead, OpenIntoWipesOnFailure) {
  const Aead aead(AeadAlg::kAes128Gcm, Bytes(16, 3));
  const ByteArray<kAeadNonceLen> nonce = {};
  Bytes sealed = aead.seal(nonce, {}, as_bytes("attack at dawn"));
  sealed.back() ^= 1;
  Bytes out(sealed.size() - kAeadTagLen, 0xff);
  EXPECT_FALSE(aead.open_into(nonce, {}, sealed, out).ok());
  EXPECT_TRUE(all_zero(out));
  sealed.back() ^= 1;
  ASSERT_TRUE(aead.open_into(nonce, {}, sealed, out).ok());
  EXPECT_EQ(as_text(out), "attack at dawn");
}

TEST(Aead, OpensInPlace) {
  const Aead aead(AeadAlg::kChaCha20Poly1305, Bytes(32, 3));
  const ByteArray<kAeadNonceLen> nonce = {};
  Bytes sealed = aead.seal(nonce, {}, as_bytes("attack at dawn"));
  const std::span<std::uint8_t> body = std::span(sealed).first(sealed.size() - kAeadTagLen);
  ASSERT_TRUE(aead.open_into(nonce, {}, sealed, body).ok());
  EXPECT_EQ(as_text(body), "attack at dawn");
}

TEST(AesKeyWrap, AgreesWithWycheproof) {
  std::size_t checked = 0;
  const bool found = for_each_wycheproof("aes_wrap_test.json", [&](const WycheproofCase& c) {
    if (c.group.find("keySize")->integer() != 256) {
      return;
    }
    const Bytes kek = c.hex("key");
    const Bytes message = c.hex("msg");
    const Result<SecretBytes> key = aes_key_unwrap(kek, c.hex("ct"));
    if (message.size() != 32) {
      // Only 32-byte keys are ours; the others must be refused for their length or their fault.
      EXPECT_FALSE(key.ok());
      return;
    }
    ++checked;
    c.expect_verdict(key.ok());
    if (key.ok()) {
      EXPECT_TRUE(equal(key->reveal(), message));
      EXPECT_EQ(aes_key_wrap(kek, message), c.hex("ct"));
    }
  });
  if (!found) {
    GTEST_SKIP() << "no vectors";
  }
  EXPECT_GT(checked, 0U);
}

TEST(AesKeyWrap, RefusesEveryFlippedByte) {
  const Bytes kek(32, 7);
  const SecretBytes key = random_secret(32);
  Bytes wrapped = aes_key_wrap(kek, key.reveal());
  for (std::uint8_t& byte : wrapped) {
    byte ^= 0x10;
    const Result<SecretBytes> opened = aes_key_unwrap(kek, wrapped);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::kBadSignature);
    EXPECT_EQ(opened.error().reason(), "aead.unwrap");
    byte ^= 0x10;
  }
  EXPECT_TRUE(*aes_key_unwrap(kek, wrapped) == key);
}

TEST(AesKeyWrap, RefusesOtherLengths) {
  for (const std::size_t size : {0U, 8U, 16U, 24U, 39U, 41U, 48U}) {
    const Result<SecretBytes> opened = aes_key_unwrap(Bytes(32), Bytes(size));
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::kMalformed);
  }
}

}  // namespace
}  // namespace claustrum::crypto
