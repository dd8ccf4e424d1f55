// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/keys.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/test_der.h"
#include "claustrum/crypto/test_wycheproof.h"

namespace claustrum::crypto {
namespace {

using codec::hex_decode;

constexpr KeyKind kNistKinds[] = {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521};
constexpr KeyKind kSmallKinds[] = {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kX25519,
                                   KeyKind::kEd25519};

template <typename T>
void expect_error(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code);
  EXPECT_EQ(result.error().reason(), reason);
}

// Wycheproof writes scalars with leading zeros or without.
Bytes scalar(const Bytes& bytes, std::size_t length) {
  Bytes out(length);
  const std::size_t copied = std::min(length, bytes.size());
  std::copy_n(bytes.end() - static_cast<std::ptrdiff_t>(copied), copied,
              out.end() - static_cast<std::ptrdiff_t>(copied));
  return out;
}

void check_agreement(KeyKind kind, std::size_t length, const WycheproofCase& c) {
  const Result<PrivateKey> mine = PrivateKey::from_raw(kind, scalar(c.hex("private"), length));
  const Result<PublicKey> theirs = PublicKey::from_raw(kind, c.hex("public"));
  if (!theirs.ok()) {
    EXPECT_EQ(theirs.error().reason(), "key.invalid");
    c.expect_verdict(false);
    return;
  }
  ASSERT_TRUE(mine.ok());
  const Result<SecretBytes> secret = diffie_hellman(*mine, *theirs);
  c.expect_verdict(secret.ok() && equal(secret->reveal(), c.hex("shared")));
  if (secret.ok()) {
    EXPECT_TRUE(equal(secret->reveal(), c.hex("shared")));
  } else {
    EXPECT_EQ(secret.error().reason(), "key.agreement");
  }
}

TEST(DiffieHellman, AgreesWithWycheproof) {
  struct {
    const char* file;
    KeyKind kind;
    std::size_t length;
  } const files[] = {{"x25519_test.json", KeyKind::kX25519, 32},
                     {"ecdh_secp256r1_ecpoint_test.json", KeyKind::kP256, 32},
                     {"ecdh_secp384r1_ecpoint_test.json", KeyKind::kP384, 48}};
  for (const auto& it : files) {
    const bool found = for_each_wycheproof(
        it.file, [&](const WycheproofCase& c) { check_agreement(it.kind, it.length, c); });
    if (!found) {
      GTEST_SKIP() << "no vectors";
    }
  }
}

TEST(DiffieHellman, RefusesAllZeroSecret) {
  const PrivateKey mine = PrivateKey::generate(KeyKind::kX25519);
  const Result<PublicKey> zero = PublicKey::from_raw(KeyKind::kX25519, Bytes(32));
  ASSERT_TRUE(zero.ok());
  expect_error(diffie_hellman(mine, *zero), Code::kMalformed, "key.agreement");
}

TEST(DiffieHellman, RefusesKeysOfTwoGroups) {
  const PrivateKey mine = PrivateKey::generate(KeyKind::kP256);
  const PublicKey theirs = PrivateKey::generate(KeyKind::kP384).public_key();
  expect_error(diffie_hellman(mine, theirs), Code::kMismatch, "key.kind");
}

TEST(PublicKey, RoundTripsThroughEveryForm) {
  for (const KeyKind kind : kSmallKinds) {
    const PublicKey key = PrivateKey::generate(kind).public_key();
    EXPECT_EQ(key.kind(), kind);
    const Result<PublicKey> from_spki = PublicKey::from_spki(key.spki());
    ASSERT_TRUE(from_spki.ok()) << to_string(kind);
    EXPECT_EQ(*from_spki, key);
    const Result<PublicKey> from_raw = PublicKey::from_raw(kind, key.raw());
    ASSERT_TRUE(from_raw.ok());
    EXPECT_EQ(*from_raw, key);
    EXPECT_EQ(key.spki_sha256(), sha256(key.spki()));
  }
}

TEST(PublicKey, FromCoordinates) {
  for (const KeyKind kind : kNistKinds) {
    const PublicKey key = PrivateKey::generate(kind).public_key();
    const Bytes raw = key.raw();
    const std::size_t half = (raw.size() - 1) / 2;
    const BytesView x = BytesView(raw).subspan(1, half);
    const BytesView y = BytesView(raw).last(half);
    const Result<PublicKey> again = PublicKey::from_xy(kind, x, y);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, key);
    expect_error(PublicKey::from_xy(kind, x.first(half - 1), y), Code::kMalformed, "key.invalid");
    expect_error(PublicKey::from_xy(kind, x, concat({Bytes{0}, y})), Code::kMalformed,
                 "key.invalid");
    expect_error(PublicKey::from_xy(kind, y, x), Code::kMalformed, "key.invalid");
  }
}

TEST(PublicKey, RefusesPointsOffTheCurve) {
  for (const KeyKind kind : kNistKinds) {
    Bytes raw = PrivateKey::generate(kind).public_key().raw();
    raw.back() ^= 1;
    expect_error(PublicKey::from_raw(kind, raw), Code::kMalformed, "key.invalid");
    std::fill(raw.begin() + 1, raw.end(), std::uint8_t{0});
    expect_error(PublicKey::from_raw(kind, raw), Code::kMalformed, "key.invalid");
    std::fill(raw.begin() + 1, raw.end(), std::uint8_t{0xff});
    expect_error(PublicKey::from_raw(kind, raw), Code::kMalformed, "key.invalid");
    raw[0] = 6;  // the hybrid form
    expect_error(PublicKey::from_raw(kind, raw), Code::kMalformed, "key.invalid");
    expect_error(PublicKey::from_raw(kind, {}), Code::kMalformed, "key.invalid");
  }
}

TEST(PublicKey, RefusesEveryPrefixAndTrailingBytes) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kX25519, KeyKind::kEd25519, KeyKind::kRsa}) {
    Bytes spki = PrivateKey::generate(kind).public_key().spki();
    for (std::size_t size = 0; size < spki.size(); ++size) {
      EXPECT_FALSE(PublicKey::from_spki(BytesView(spki).first(size)).ok());
    }
    spki.push_back(0);
    expect_error(PublicKey::from_spki(spki), Code::kMalformed, "key.invalid");
  }
}

TEST(PublicKey, RefusesCompressedPoints) {
  const Bytes raw = PrivateKey::generate(KeyKind::kP256).public_key().raw();
  Bytes point = {static_cast<std::uint8_t>(2 + (raw.back() & 1))};
  append(point, BytesView(raw).subspan(1, 32));
  const Bytes algorithm = *hex_decode("301306072a8648ce3d020106082a8648ce3d030107");
  const Bytes spki = tlv(0x30, concat({algorithm, tlv(0x03, concat({Bytes{0}, point}))}));
  expect_error(PublicKey::from_spki(spki), Code::kMalformed, "key.invalid");
  expect_error(PublicKey::from_raw(KeyKind::kP256, point), Code::kMalformed, "key.invalid");
}

TEST(PublicKey, UnknownAlgorithmIsUnsupported) {
  const Bytes bits = tlv(0x03, Bytes(58));
  for (const char* algorithm : {
           "300506032b6571",                        // Ed448
           "300b06092a864886f70d01010a",            // RSASSA-PSS key
           "301006072a8648ce3d020106052b8104000a",  // secp256k1
           "300c060a2b06010401830b010203",          // nobody's
       }) {
    const Bytes spki = tlv(0x30, concat({*hex_decode(algorithm), bits}));
    expect_error(PublicKey::from_spki(spki), Code::kUnsupported, "key.algorithm");
  }
  expect_error(PublicKey::from_spki(Bytes(20000)), Code::kUnsupported, "key.algorithm");
}

Bytes rsa_spki(std::size_t bits, const Bytes& exponent) {
  Bytes modulus(bits / 8, 0xa5);
  modulus.insert(modulus.begin(), 0);
  const Bytes key = tlv(0x30, concat({tlv(0x02, modulus), tlv(0x02, exponent)}));
  return tlv(0x30, concat({*hex_decode("300d06092a864886f70d0101010500"),
                           tlv(0x03, concat({Bytes{0}, key}))}));
}

TEST(PublicKey, BoundsRsa) {
  const Bytes f4 = {1, 0, 1};
  for (const std::size_t bits : {2048U, 3072U, 4096U, 8192U}) {
    const Result<PublicKey> key = PublicKey::from_spki(rsa_spki(bits, f4));
    ASSERT_TRUE(key.ok()) << bits;
    EXPECT_EQ(key->bits(), bits);
    EXPECT_EQ(key->spki(), rsa_spki(bits, f4));
  }
  for (const std::size_t bits : {512U, 1024U, 2040U, 8200U, 16384U}) {
    expect_error(PublicKey::from_spki(rsa_spki(bits, f4)), Code::kUnsupported, "key.rsa_size");
  }
  EXPECT_TRUE(PublicKey::from_spki(rsa_spki(2048, {0x00, 0xff, 0xff, 0xff, 0xff})).ok());
  expect_error(PublicKey::from_spki(rsa_spki(2048, {1, 0, 0, 0, 1})), Code::kUnsupported,
               "key.rsa_exponent");
  for (const Bytes& exponent : {Bytes{0}, Bytes{1}, Bytes{4}, Bytes{0xff}}) {
    expect_error(PublicKey::from_spki(rsa_spki(2048, exponent)), Code::kMalformed, "key.invalid");
  }
}

TEST(PublicKey, RefusesSecondSpellingsOfRsa) {
  Bytes spki = rsa_spki(2048, {1, 0, 1});
  ASSERT_TRUE(PublicKey::from_spki(spki).ok());
  // Without the NULL parameters, which RFC 3279 demands.
  const Bytes key = to_bytes(BytesView(spki).subspan(4 + 15));
  const Bytes other = tlv(0x30, concat({*hex_decode("300b06092a864886f70d010101"), key}));
  expect_error(PublicKey::from_spki(other), Code::kMalformed, "key.invalid");
}

TEST(PrivateKey, RoundTripsThroughPkcs8AndRaw) {
  for (const KeyKind kind : kSmallKinds) {
    const PrivateKey key = PrivateKey::generate(kind);
    const Result<PrivateKey> from_pkcs8 = PrivateKey::from_pkcs8(key.pkcs8().reveal());
    ASSERT_TRUE(from_pkcs8.ok()) << to_string(kind);
    EXPECT_EQ(from_pkcs8->public_key(), key.public_key());
    EXPECT_EQ(from_pkcs8->kind(), kind);
    const Result<PrivateKey> from_raw = PrivateKey::from_raw(kind, key.raw().reveal());
    ASSERT_TRUE(from_raw.ok());
    EXPECT_EQ(from_raw->public_key(), key.public_key());
    EXPECT_TRUE(from_raw->raw() == key.raw());
    EXPECT_TRUE(from_raw->pkcs8() == key.pkcs8());
  }
  const PrivateKey rsa = PrivateKey::generate_rsa(2048);
  const Result<PrivateKey> again = PrivateKey::from_pkcs8(rsa.pkcs8().reveal());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->public_key(), rsa.public_key());
  EXPECT_EQ(again->public_key().bits(), 2048U);
}

TEST(PrivateKey, KnownPublicKeys) {
  // An X25519 public key is the agreement with the base point 9 (RFC 7748 6.1).
  const PrivateKey alice = PrivateKey::generate(KeyKind::kX25519);
  Bytes nine(32);
  nine[0] = 9;
  const auto base = PublicKey::from_raw(KeyKind::kX25519, nine);
  EXPECT_TRUE(equal(diffie_hellman(alice, *base)->reveal(), alice.public_key().raw()));
  // RFC 8032 7.1, test 1.
  const auto signer = PrivateKey::from_raw(
      KeyKind::kEd25519,
      *hex_decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ(codec::hex_encode(signer->public_key().raw()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  // The scalar 1 gives the generator.
  Bytes one(32);
  one.back() = 1;
  const auto unit = PrivateKey::from_raw(KeyKind::kP256, one);
  ASSERT_TRUE(unit.ok());
  EXPECT_EQ(codec::hex_encode(unit->public_key().raw()),
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

TEST(PrivateKey, RefusesScalarsOutOfRange) {
  const Bytes order =
      *hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  expect_error(PrivateKey::from_raw(KeyKind::kP256, order), Code::kMalformed, "key.invalid");
  expect_error(PrivateKey::from_raw(KeyKind::kP256, Bytes(32)), Code::kMalformed, "key.invalid");
  expect_error(PrivateKey::from_raw(KeyKind::kP256, Bytes(31, 1)), Code::kMalformed, "key.invalid");
  expect_error(PrivateKey::from_raw(KeyKind::kEd25519, Bytes(33, 1)), Code::kMalformed,
               "key.invalid");
  Bytes last = order;
  last.back() = static_cast<std::uint8_t>(last.back() - 1);
  EXPECT_TRUE(PrivateKey::from_raw(KeyKind::kP256, last).ok());
}

TEST(PrivateKey, RefusesEveryPrefixOfPkcs8) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kEd25519}) {
    const SecretBytes pkcs8 = PrivateKey::generate(kind).pkcs8();
    for (std::size_t size = 0; size < pkcs8.size(); ++size) {
      EXPECT_FALSE(PrivateKey::from_pkcs8(pkcs8.reveal().first(size)).ok());
    }
    expect_error(PrivateKey::from_pkcs8(concat({pkcs8.reveal(), Bytes{0}})), Code::kMalformed,
                 "key.invalid");
  }
  expect_error(PrivateKey::from_pkcs8(Bytes(20000, 0x30)), Code::kMalformed, "key.invalid");
}

// An EC private key file whose scalar is longer than the field, or zero, or whose public point is
// another key's.
TEST(PrivateKey, DoesNotBelieveAnEcFile) {
  const Bytes algorithm = *hex_decode("301306072a8648ce3d020106082a8648ce3d030107");
  const auto file = [&](const Bytes& scalar, const Bytes& point) {
    const Bytes point_field =
        point.empty() ? Bytes() : tlv(0xa1, tlv(0x03, concat({Bytes{0}, point})));
    const Bytes key = tlv(0x30, concat({tlv(0x02, Bytes{1}), tlv(0x04, scalar), point_field}));
    return tlv(0x30, concat({tlv(0x02, Bytes{0}), algorithm, tlv(0x04, key)}));
  };
  const PrivateKey real = PrivateKey::generate(KeyKind::kP256);
  const Bytes scalar = to_bytes(real.raw().reveal());
  const auto read = PrivateKey::from_pkcs8(file(scalar, {}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->public_key(), real.public_key());
  EXPECT_FALSE(PrivateKey::from_pkcs8(file(Bytes(40, 0xff), {})).ok());
  EXPECT_FALSE(PrivateKey::from_pkcs8(file(Bytes(32), {})).ok());
  const Bytes other = PrivateKey::generate(KeyKind::kP256).public_key().raw();
  const auto confused = PrivateKey::from_pkcs8(file(scalar, other));
  if (confused.ok()) {
    EXPECT_EQ(confused->public_key(), real.public_key());
  }
}

TEST(PrivateKey, UnknownAlgorithmIsUnsupported) {
  const Bytes ed448 = tlv(0x30, concat({tlv(0x02, Bytes{0}), *hex_decode("300506032b6571"),
                                        tlv(0x04, tlv(0x04, Bytes(57, 1)))}));
  expect_error(PrivateKey::from_pkcs8(ed448), Code::kUnsupported, "key.algorithm");
}

}  // namespace
}  // namespace claustrum::crypto
