// SPDX-License-Identifier: Apache-2.0
// JSON Web Keys: every kind there and back, one spelling a key, and no key for another use.
#include <gtest/gtest.h>

#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::crypto {
namespace {

using codec::Json;

constexpr KeyKind kKinds[] = {KeyKind::kP256,   KeyKind::kP384,    KeyKind::kP521,
                              KeyKind::kX25519, KeyKind::kEd25519, KeyKind::kRsa};

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason);
}

Json p256_jwk() {
  return jwk_from_public_key(PrivateKey::generate(KeyKind::kP256).public_key());
}

TEST(Jwk, RoundTripsEveryKind) {
  for (const KeyKind kind : kKinds) {
    const PublicKey key = PrivateKey::generate(kind).public_key();
    const Json jwk = jwk_from_public_key(key);
    EXPECT_TRUE(public_key_from_jwk(jwk).value() == key) << to_string(kind);
  }
}

TEST(Jwk, WritesMembersAsKbsGuestsDo) {
  const PublicKey key = PrivateKey::generate(KeyKind::kP521).public_key();
  const std::string text = codec::to_json(jwk_from_public_key(key, "ECDH-ES+A256KW"));
  EXPECT_TRUE(text.starts_with(R"({"kty":"EC","crv":"P-521","alg":"ECDH-ES+A256KW","x":")"));
}

TEST(Jwk, RefusesPrivateMembers) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    expect_fault(public_key_from_jwk(p256_jwk().set(name, "AA")), Code::kMalformed, "jwk.private");
  }
}

TEST(Jwk, RefusesUnknownMembersAndShapes) {
  expect_fault(public_key_from_jwk(p256_jwk().set("x5u", "https://x")), Code::kMalformed,
               "jwk.member");
  expect_fault(public_key_from_jwk(Json::array()), Code::kMalformed, "jwk.member");
  expect_fault(public_key_from_jwk(p256_jwk().set("kty", "oct")), Code::kUnsupported, "jwk.kty");
  expect_fault(public_key_from_jwk(p256_jwk().set("kty", "RSA")), Code::kMalformed, "jwk.shape");
  expect_fault(public_key_from_jwk(p256_jwk().set("n", "AQ")), Code::kMalformed, "jwk.shape");
  expect_fault(public_key_from_jwk(p256_jwk().set("kty", "OKP")), Code::kUnsupported, "jwk.curve");
  expect_fault(public_key_from_jwk(p256_jwk().set("crv", "secp256k1")), Code::kUnsupported,
               "jwk.curve");
  expect_fault(public_key_from_jwk(p256_jwk().set("crv", "X25519")), Code::kUnsupported,
               "jwk.curve");
  Json okp = jwk_from_public_key(PrivateKey::generate(KeyKind::kX25519).public_key());
  expect_fault(public_key_from_jwk(okp.set("y", "AA")), Code::kMalformed, "jwk.shape");
}

TEST(Jwk, RefusesCoordinatesOfAnotherWidthOrOffTheCurve) {
  const Json good = p256_jwk();
  const Bytes x = base64url_of(good, "x");
  for (const Bytes& other : {Bytes(x.begin(), x.end() - 1), concat({Bytes{0}, x}), Bytes()}) {
    Json jwk = good;
    EXPECT_FALSE(public_key_from_jwk(jwk.set("x", codec::base64url_encode(other))).ok());
  }
  Bytes moved = x;
  moved.back() ^= 1;
  Json off = good;
  expect_fault(public_key_from_jwk(off.set("x", codec::base64url_encode(moved))), Code::kMalformed,
               "key.invalid");
  Json padded = good;
  EXPECT_FALSE(public_key_from_jwk(padded.set("x", good.find("x")->string() + "=")).ok());
}

TEST(Jwk, RefusesRsaNumbersWithASecondSpelling) {
  const Json good = jwk_from_public_key(PrivateKey::generate_rsa(2048).public_key());
  for (const char* name : {"n", "e"}) {
    Json jwk = good;
    const Bytes longer = concat({Bytes{0}, base64url_of(good, name)});
    expect_fault(public_key_from_jwk(jwk.set(name, codec::base64url_encode(longer))),
                 Code::kMalformed, "jwk.shape");
    expect_fault(public_key_from_jwk(jwk.set(name, "")), Code::kMalformed, "jwk.shape");
    expect_fault(public_key_from_jwk(jwk.set(name, codec::base64url_encode(Bytes(1025, 1)))),
                 Code::kMalformed, "jwk.shape");
  }
}

TEST(Jwk, RefusesAKeyPublishedForAnotherUse) {
  const auto with = [](std::string_view name, Json value, JwkUse use) {
    return public_key_from_jwk(p256_jwk().set(name, std::move(value)), use);
  };
  const Json verify_op = Json(Json::Array{Json("verify")});
  const Json derive_op = Json(Json::Array{Json("deriveBits")});
  for (const JwkUse use : {JwkUse::kAny, JwkUse::kSignature}) {
    EXPECT_TRUE(with("use", "sig", use).ok());
    EXPECT_TRUE(with("alg", "ES256", use).ok());
    EXPECT_TRUE(with("key_ops", verify_op, use).ok());
  }
  for (const JwkUse use : {JwkUse::kAny, JwkUse::kEncryption}) {
    EXPECT_TRUE(with("use", "enc", use).ok());
    EXPECT_TRUE(with("alg", "ECDH-ES+A256KW", use).ok());
    EXPECT_TRUE(with("key_ops", derive_op, use).ok());
  }
  for (const auto& [name, value] : {std::pair<std::string_view, Json>("use", "enc"),
                                    {"alg", "ECDH-ES"},
                                    {"alg", "ES384"},
                                    {"key_ops", derive_op},
                                    {"key_ops", Json::array()},
                                    {"use", "other"}}) {
    expect_fault(with(name, value, JwkUse::kSignature), Code::kMismatch, "jwk.use");
  }
  for (const auto& [name, value] : {std::pair<std::string_view, Json>("use", "sig"),
                                    {"alg", "ES256"},
                                    {"alg", "RSA-OAEP"},
                                    {"key_ops", verify_op}}) {
    expect_fault(with(name, value, JwkUse::kEncryption), Code::kMismatch, "jwk.use");
  }
  expect_fault(with("key_ops", "verify", JwkUse::kAny), Code::kMalformed, "jwk.shape");
  expect_fault(with("key_ops", Json(Json::Array{Json(1)}), JwkUse::kAny), Code::kMalformed,
               "jwk.shape");
}

TEST(Jwk, KnowsTheAlgorithmsOfEachKind) {
  const std::pair<KeyKind, const char*> cases[] = {
      {KeyKind::kP384, "ES384"}, {KeyKind::kP521, "ES512"},     {KeyKind::kEd25519, "EdDSA"},
      {KeyKind::kRsa, "PS256"},  {KeyKind::kX25519, "ECDH-ES"}, {KeyKind::kRsa, "RSA-OAEP-256"},
  };
  for (const auto& [kind, alg] : cases) {
    const PublicKey key = PrivateKey::generate(kind).public_key();
    EXPECT_TRUE(public_key_from_jwk(jwk_from_public_key(key, alg)).ok()) << alg;
    expect_fault(public_key_from_jwk(jwk_from_public_key(key, "HS256")), Code::kMismatch,
                 "jwk.use");
  }
}

TEST(JwkVectors, CookbookKeys) {
  for (const char* name : {"3_1.ec_public_key", "3_3.rsa_public_key"}) {
    const std::optional<Json> jwk = shared_json("vectors/jose/jwk/" + std::string(name) + ".json");
    if (!jwk) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    const PublicKey key = public_key_from_jwk(*jwk, JwkUse::kSignature).value();
    const Json again = jwk_from_public_key(key);
    for (const Json::Member& member : again.members()) {
      EXPECT_EQ(*jwk->find(member.first), member.second) << name << " " << member.first;
    }
  }
  for (const char* name :
       {"3_2.ec_private_key", "3_4.rsa_private_key", "3_5.symmetric_key_mac_computation"}) {
    expect_fault(
        public_key_from_jwk(*shared_json("vectors/jose/jwk/" + std::string(name) + ".json")),
        Code::kMalformed, "jwk.private");
  }
}

}  // namespace
}  // namespace claustrum::crypto
