// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/profile.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/document/test_support.h"

namespace claustrum::document {
namespace {

using codec::Json;
using test::identity_key;
using test::kNow;
using test::other_key;
using test::replaced;

const crypto::PrivateKey& publisher_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

crypto::Sha256Digest pin() {
  return publisher_key().public_key().spki_sha256();
}

ProfileClaims good_claims() {
  ProfileClaims claims;
  claims.service = "clinic-assistant";
  claims.number = 3;
  claims.publisher = "The Clinic";
  claims.created = kNow + -86400;
  claims.expires = kNow + 86400;
  claims.identity_key_spki = identity_key().public_key().spki();
  claims.policy = "version = 1\nname = \"clients\"\n";
  claims.ledger = {"log.example", {"log.example+12345678+AQ"}, {"w1", "w2"}, 2};
  return claims;
}

Json header_of(std::string_view typ) {
  Json header = Json::object();
  header.set("typ", typ).set("kid", codec::hex_encode(pin()));
  return header;
}

std::string payload_of(const std::string& profile) {
  const Json jws = codec::parse_json(as_bytes(profile)).value();
  return std::string(as_text(jws.base64url_at("payload").value()));
}

std::string signed_with(Json header, std::string_view payload) {
  return codec::to_json(
      crypto::jws_sign_flattened(publisher_key(), std::move(header), as_bytes(payload)));
}

void expect_refused(const std::string& profile, Code code, std::string_view reason) {
  const auto result = verify_profile(as_bytes(profile), pin());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason) << result.error().message();
}

void expect_change_refused(std::string_view from, std::string_view to, Code code,
                           std::string_view reason) {
  const std::string payload = payload_of(sign_profile(good_claims(), publisher_key()));
  const std::string changed = replaced(payload, from, to);
  ASSERT_NE(changed, payload) << from << " in " << payload;
  expect_refused(signed_with(header_of(kProfileType), changed), code, reason);
}

TEST(Profile, ComesBackAsSigned) {
  const std::string text = sign_profile(good_claims(), publisher_key());
  const auto profile = verify_profile(as_bytes(text), pin());
  ASSERT_TRUE(profile.ok()) << profile.error().message();
  const ProfileClaims& claims = profile->claims();
  EXPECT_EQ(claims.service, "clinic-assistant");
  EXPECT_EQ(claims.number, 3);
  EXPECT_EQ(claims.publisher, "The Clinic");
  EXPECT_EQ(claims.created, kNow + -86400);
  EXPECT_EQ(claims.expires, kNow + 86400);
  EXPECT_EQ(claims.policy, good_claims().policy);
  EXPECT_EQ(claims.ledger.origin, "log.example");
  EXPECT_EQ(claims.ledger.keys, good_claims().ledger.keys);
  EXPECT_EQ(claims.ledger.witnesses, good_claims().ledger.witnesses);
  EXPECT_EQ(claims.ledger.quorum, 2);
  EXPECT_EQ(claims.minimum.document, 1);
  EXPECT_EQ(profile->identity_key(), identity_key().public_key());
  EXPECT_EQ(profile->policy().name(), "clients");
  EXPECT_EQ(profile->publisher_key(), pin());
  EXPECT_EQ(profile->digest(), crypto::sha256(as_bytes(payload_of(text))));
}

TEST(Profile, HasTheHeaderOfItsFormat) {
  const Json jws =
      codec::parse_json(as_bytes(sign_profile(good_claims(), publisher_key()))).value();
  EXPECT_TRUE(jws.only_members({"payload", "protected", "signature"}).ok());
  EXPECT_EQ(as_text(jws.base64url_at("protected").value()),
            "{\"alg\":\"ES256\",\"typ\":\"claustrum-profile+json\",\"kid\":\"" +
                codec::hex_encode(pin()) + "\"}");
}

TEST(Profile, RefusesAnotherPublisher) {
  expect_refused(sign_profile(good_claims(), other_key()), Code::kUntrustedRoot,
                 "profile.publisher");
}

TEST(Profile, RefusesAForgedSignature) {
  Json jws = codec::parse_json(as_bytes(sign_profile(good_claims(), publisher_key()))).value();
  const Json other = crypto::jws_sign_flattened(
      other_key(), header_of(kProfileType),
      as_bytes(payload_of(sign_profile(good_claims(), publisher_key()))));
  jws.set("signature", *other.find("signature"));
  expect_refused(codec::to_json(jws), Code::kBadSignature, "jws.signature");
}

TEST(Profile, RefusesAnotherKindOfStatement) {
  const std::string payload = payload_of(sign_profile(good_claims(), publisher_key()));
  expect_refused(signed_with(header_of("claustrum-status+json"), payload), Code::kMalformed,
                 "profile.type");
  Json header = header_of(kProfileType);
  header.set("kid", std::string(64, '0'));
  expect_refused(signed_with(header, payload), Code::kMalformed, "profile.kid");
  header = header_of(kProfileType);
  header.set("x", 1);
  expect_refused(signed_with(header, payload), Code::kMalformed, "json.unknown_member");
}

TEST(Profile, RefusesWhatItDoesNotKnow) {
  expect_change_refused("\"version\":1", "\"version\":2", Code::kUnsupported, "profile.version");
  expect_change_refused("\"version\":1", "\"version\":1,\"x\":1", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("\"receipt\":1", "\"receipt\":1,\"x\":1", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("\"quorum\":2", "\"quorum\":2,\"x\":1", Code::kMalformed,
                        "json.unknown_member");
}

TEST(Profile, RefusesWrongContents) {
  expect_change_refused("clinic-assistant", "Clinic", Code::kMalformed, "profile.service_id");
  expect_change_refused("\"number\":3", "\"number\":0", Code::kMalformed, "profile.number_range");
  expect_change_refused("The Clinic", "The\\u001bClinic", Code::kMalformed, "profile.name");
  expect_change_refused("\"quorum\":2", "\"quorum\":3", Code::kMalformed, "profile.quorum");
  expect_change_refused("\"w1\"", "1", Code::kMalformed, "profile.keys");
  expect_change_refused("version = 1", "debugg = 1", Code::kMalformed, "policy.unknown_member");
  ProfileClaims claims = good_claims();
  claims.identity_key_spki =
      crypto::PrivateKey::generate(crypto::KeyKind::kP384).public_key().spki();
  expect_refused(sign_profile(claims, publisher_key()), Code::kMalformed, "profile.identity_key");
}

TEST(Profile, IsValidForATimeAndUntilReplaced) {
  const auto profile =
      verify_profile(as_bytes(sign_profile(good_claims(), publisher_key())), pin());
  ASSERT_TRUE(profile.ok());
  const ProfileClaims& claims = profile->claims();
  EXPECT_TRUE(check_profile(*profile, claims.created, 3).ok());
  EXPECT_TRUE(check_profile(*profile, claims.expires, 1).ok());
  EXPECT_EQ(check_profile(*profile, claims.created + -1, 1).error().reason(),
            "profile.not_yet_valid");
  EXPECT_EQ(check_profile(*profile, claims.expires + 1, 1).error().reason(), "profile.expired");
  EXPECT_EQ(check_profile(*profile, kNow, 4).error().reason(), "profile.number");
}

TEST(Profile, IsExplainedInWords) {
  const auto profile =
      verify_profile(as_bytes(sign_profile(good_claims(), publisher_key())), pin());
  ASSERT_TRUE(profile.ok());
  const std::string text = explain_profile(*profile);
  EXPECT_NE(text.find("profile of service clinic-assistant, edition 3"), std::string::npos);
  EXPECT_NE(text.find("The Clinic (declared only)"), std::string::npos);
  EXPECT_NE(text.find("2 of 2 witnesses"), std::string::npos);
  EXPECT_NE(text.find("policy clients"), std::string::npos);
}

TEST(Profile, NoBitCanBeFlippedAndNoByteCutOff) {
  const std::string text = sign_profile(good_claims(), publisher_key());
  for (std::size_t i = 0; i < text.size(); ++i) {
    Bytes changed = to_bytes(text);
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 7)));
    EXPECT_FALSE(verify_profile(changed, pin()).ok()) << i;
    EXPECT_FALSE(verify_profile(as_bytes(std::string_view(text).substr(0, i)), pin()).ok()) << i;
  }
}

}  // namespace
}  // namespace claustrum::document
