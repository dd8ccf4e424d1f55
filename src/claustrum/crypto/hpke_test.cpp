// SPDX-License-Identifier: Apache-2.0
// HPKE against the vectors of RFC 9180, and each refusal that keeps a session its owner's.
#include "claustrum/crypto/hpke.h"

#include <gtest/gtest.h>

#include <limits>

#include "claustrum/crypto/test_vectors.h"

namespace claustrum::crypto {
namespace {

using codec::Json;

const Bytes kInfo = to_bytes("info");
const Bytes kAad = to_bytes("aad");
const Bytes kText = to_bytes("Beauty is truth, truth beauty");

PrivateKey recipient_of(HpkeKem kem) {
  return PrivateKey::generate(hpke_key_kind(kem));
}

void expect_error(const Error& error, Code code, std::string_view reason) {
  EXPECT_EQ(error.code(), code) << error.message();
  EXPECT_EQ(error.reason(), reason);
}

void check_messages(const Json& vector, HpkeContext& sender, HpkeContext& recipient) {
  for (const Json& message : vector.find("encryptions")->items()) {
    const Bytes aad = hex_of(message, "aad");
    const Bytes sealed = sender.seal(aad, hex_of(message, "pt")).value();
    ASSERT_EQ(sealed, hex_of(message, "ct"));
    ASSERT_TRUE(equal(recipient.open(aad, sealed).value().reveal(), hex_of(message, "pt")));
  }
  for (const Json& exported : vector.find("exports")->items()) {
    const Bytes context = hex_of(exported, "exporter_context");
    const auto length = static_cast<std::size_t>(exported.find("L")->integer());
    const Bytes expected = hex_of(exported, "exported_value");
    EXPECT_TRUE(equal(sender.export_secret(context, length).reveal(), expected));
    EXPECT_TRUE(equal(recipient.export_secret(context, length).reveal(), expected));
  }
}

void check_vector(const Json& vector, const HpkeSuite& suite) {
  const KeyKind kind = hpke_key_kind(suite.kem);
  const PrivateKey ephemeral = PrivateKey::from_raw(kind, hex_of(vector, "skEm")).value();
  const PrivateKey key = PrivateKey::from_raw(kind, hex_of(vector, "skRm")).value();
  EXPECT_EQ(key.public_key().raw(), hex_of(vector, "pkRm"));
  for (const auto& [ikm, secret] : {std::pair("ikmE", "skEm"), std::pair("ikmR", "skRm")}) {
    const PrivateKey derived = hpke_derive_key_pair(suite.kem, hex_of(vector, ikm)).value();
    EXPECT_TRUE(equal(derived.raw().reveal(), hex_of(vector, secret)));
  }
  const Bytes info = hex_of(vector, "info");
  HpkeSender sender =
      hpke_setup_sender_for_testing(suite, key.public_key(), info, ephemeral).value();
  EXPECT_EQ(sender.enc, hex_of(vector, "enc"));
  EXPECT_EQ(sender.enc.size(), hpke_enc_len(suite.kem));
  HpkeContext recipient = hpke_setup_recipient(suite, sender.enc, key, info).value();
  check_messages(vector, sender.context, recipient);
}

TEST(HpkeVectors, MatchRfc9180BaseMode) {
  const std::optional<Json> vectors =
      shared_json("vectors/hpke/rfc9180-p256-x25519-hkdfsha256.json");
  if (!vectors) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  int checked = 0;
  for (const Json& vector : vectors->items()) {
    const auto id = [&](std::string_view name) {
      return static_cast<std::uint16_t>(vector.find(name)->integer());
    };
    const Result<HpkeSuite> suite = hpke_suite_from_ids(id("kem_id"), id("kdf_id"), id("aead_id"));
    if (id("aead_id") == 0xffff) {
      ASSERT_FALSE(suite.ok());  // export-only is not spoken
      continue;
    }
    if (id("mode") == 0) {
      check_vector(vector, suite.value());
      ++checked;
    }
  }
  EXPECT_EQ(checked, 6);
}

TEST(Hpke, RoundTripsInEverySuite) {
  for (const HpkeKem kem : {HpkeKem::kP256HkdfSha256, HpkeKem::kX25519HkdfSha256}) {
    const PrivateKey key = recipient_of(kem);
    for (std::uint16_t kdf = 1; kdf <= 3; ++kdf) {
      for (std::uint16_t aead = 1; aead <= 3; ++aead) {
        const HpkeSuite suite =
            hpke_suite_from_ids(static_cast<std::uint16_t>(kem), kdf, aead).value();
        HpkeSender sender = hpke_setup_sender(suite, key.public_key(), kInfo).value();
        HpkeContext recipient = hpke_setup_recipient(suite, sender.enc, key, kInfo).value();
        for (int message = 0; message < 300; ++message) {
          const Bytes sealed = sender.context.seal(kAad, kText).value();
          ASSERT_TRUE(equal(recipient.open(kAad, sealed).value().reveal(), kText));
        }
        EXPECT_EQ(sender.context.export_secret(kInfo, 48), recipient.export_secret(kInfo, 48));
      }
    }
  }
}

TEST(Hpke, RefusesUnknownSuites) {
  for (const auto& ids : {std::array<std::uint16_t, 3>{0x0021, 1, 1},
                          {0x0020, 0, 1},
                          {0x0020, 4, 1},
                          {0x0020, 1, 0},
                          {0x0020, 1, 4},
                          {0x0010, 1, 0xffff}}) {
    expect_error(hpke_suite_from_ids(ids[0], ids[1], ids[2]).error(), Code::kUnsupported,
                 "hpke.suite");
  }
}

TEST(Hpke, RefusesKeysOfAnotherGroup) {
  const HpkeSuite suite;
  const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  expect_error(hpke_setup_sender(suite, key.public_key(), kInfo).error(), Code::kMismatch,
               "hpke.key_kind");
  expect_error(hpke_setup_recipient(suite, Bytes(32, 9), key, kInfo).error(), Code::kMismatch,
               "hpke.key_kind");
}

TEST(Hpke, RefusesX25519PointsOfSmallOrder) {
  // 0, 1, and p-1: each maps every scalar to zero.
  Bytes one(32, 0);
  one[0] = 1;
  Bytes minus_one(32, 0xff);
  minus_one[0] = 0xec;
  minus_one[31] = 0x7f;
  const HpkeSuite suite;
  const PrivateKey key = recipient_of(suite.kem);
  for (const Bytes& point : {Bytes(32, 0), one, minus_one}) {
    const Result<HpkeContext> opened = hpke_setup_recipient(suite, point, key, kInfo);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::kMalformed) << opened.error().message();
  }
}

TEST(Hpke, RefusesP256PointsOffTheCurve) {
  HpkeSuite suite;
  suite.kem = HpkeKem::kP256HkdfSha256;
  const PrivateKey key = recipient_of(suite.kem);
  Bytes enc = hpke_setup_sender(suite, key.public_key(), kInfo).value().enc;
  enc.back() ^= 1;
  expect_error(hpke_setup_recipient(suite, enc, key, kInfo).error(), Code::kMalformed,
               "key.invalid");
  EXPECT_FALSE(hpke_setup_recipient(suite, Bytes{0}, key, kInfo).ok());  // infinity
}

TEST(Hpke, RefusesEncOfAnotherLength) {
  for (const HpkeKem kem : {HpkeKem::kP256HkdfSha256, HpkeKem::kX25519HkdfSha256}) {
    const HpkeSuite suite{kem, HpkeKdf::kHkdfSha256, HpkeAead::kAes128Gcm};
    const PrivateKey key = recipient_of(kem);
    Bytes enc = hpke_setup_sender(suite, key.public_key(), kInfo).value().enc;
    enc.push_back(0);
    for (std::size_t length = 0; length < enc.size(); ++length) {
      if (length != hpke_enc_len(kem)) {
        EXPECT_FALSE(hpke_setup_recipient(suite, BytesView(enc).first(length), key, kInfo).ok());
      }
    }
    EXPECT_FALSE(hpke_setup_recipient(suite, enc, key, kInfo).ok());
  }
}

TEST(Hpke, StopsBeforeANonceRepeats) {
  const HpkeSuite suite;
  const PrivateKey key = recipient_of(suite.kem);
  HpkeSender sender = hpke_setup_sender(suite, key.public_key(), kInfo).value();
  HpkeContext recipient = hpke_setup_recipient(suite, sender.enc, key, kInfo).value();
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max() - 1;
  sender.context.set_sequence_for_testing(kLast);
  recipient.set_sequence_for_testing(kLast);
  const Bytes sealed = sender.context.seal(kAad, kText).value();
  EXPECT_TRUE(recipient.open(kAad, sealed).ok());
  const Result<Bytes> again = sender.context.seal(kAad, kText);
  ASSERT_FALSE(again.ok());
  expect_error(again.error(), Code::kExhausted, "hpke.sequence");
  expect_error(recipient.open(kAad, sealed).error(), Code::kExhausted, "hpke.sequence");
}

TEST(Hpke, AFailedOpenDoesNotAdvance) {
  const HpkeSuite suite;
  const PrivateKey key = recipient_of(suite.kem);
  HpkeSender sender = hpke_setup_sender(suite, key.public_key(), kInfo).value();
  HpkeContext recipient = hpke_setup_recipient(suite, sender.enc, key, kInfo).value();
  const Bytes first = sender.context.seal(kAad, kText).value();
  const Bytes second = sender.context.seal(kAad, kText).value();
  expect_error(recipient.open(kAad, second).error(), Code::kBadSignature, "aead.open");
  EXPECT_TRUE(recipient.open(kAad, first).ok());
  EXPECT_FALSE(recipient.open(kAad, first).ok());  // a replay within the context
  EXPECT_TRUE(recipient.open(kAad, second).ok());
}

TEST(Hpke, OpensOnlyWhatWasSealed) {
  const HpkeSuite suite;
  const PrivateKey key = recipient_of(suite.kem);
  HpkeSender sender = hpke_setup_sender(suite, key.public_key(), kInfo).value();
  const Bytes sealed = sender.context.seal(kAad, kText).value();
  const auto opens = [&](BytesView enc, BytesView info, BytesView aad, BytesView ciphertext) {
    Result<HpkeContext> context = hpke_setup_recipient(suite, enc, key, info);
    return context.ok() && context->open(aad, ciphertext).ok();
  };
  ASSERT_TRUE(opens(sender.enc, kInfo, kAad, sealed));
  EXPECT_FALSE(opens(sender.enc, kAad, kAad, sealed));
  EXPECT_FALSE(opens(sender.enc, kInfo, kInfo, sealed));
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(opens(sender.enc, kInfo, kAad, BytesView(sealed).first(length)));
  }
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(opens(sender.enc, kInfo, kAad, flipped));
  }
  for (std::size_t bit = 0; bit < 8 * sender.enc.size(); ++bit) {
    Bytes enc = sender.enc;
    enc[bit / 8] = static_cast<std::uint8_t>(enc[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(opens(enc, kInfo, kAad, sealed));  // the context hashes enc as sent
  }
}

}  // namespace
}  // namespace claustrum::crypto
