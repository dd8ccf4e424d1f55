// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/keys.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/cose.h"
#include "claustrum/document/test_support.h"

namespace claustrum::document {
namespace {

using test::good_keys;
using test::identity_key;
using test::kNow;
using test::other_key;
using test::replaced;

Bytes signed_payload(std::string_view payload) {
  return sign_json({kKeysMediaType, "claustrum keys v1"}, payload, identity_key());
}

void expect_refused(BytesView cose, Code code, std::string_view reason) {
  const auto keys = verify_keys(cose, identity_key().public_key());
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().code(), code) << keys.error().message();
  EXPECT_EQ(keys.error().reason(), reason) << keys.error().message();
}

// Signed again with one change.
void expect_change_refused(std::string_view from, std::string_view to, Code code,
                           std::string_view reason) {
  const std::string payload = keys_payload(good_keys());
  const std::string changed = replaced(payload, from, to);
  ASSERT_NE(changed, payload) << from << " in " << payload;
  expect_refused(signed_payload(changed), code, reason);
}

TEST(Keys, ComeBackAsSigned) {
  const auto keys =
      verify_keys(sign_keys(good_keys(), identity_key()), identity_key().public_key());
  ASSERT_TRUE(keys.ok()) << keys.error().message();
  EXPECT_EQ(*keys, good_keys());
  EXPECT_EQ(keys->route(), "/r/5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a/");
}

TEST(Keys, RefuseAnotherSigner) {
  const auto keys = verify_keys(sign_keys(good_keys(), other_key()), identity_key().public_key());
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().code(), Code::kBadSignature);
}

TEST(Keys, RefuseAnotherKindOfKey) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  const auto keys = verify_keys(sign_keys(good_keys(), identity_key()), key.public_key());
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().reason(), "signed_json.key_kind");
}

TEST(Keys, RefuseAnotherStatementOfTheSameKey) {
  const std::string payload = keys_payload(good_keys());
  const auto other_label =
      sign_json({kKeysMediaType, "claustrum receipt v1"}, payload, identity_key());
  const auto keys = verify_keys(other_label, identity_key().public_key());
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().code(), Code::kBadSignature);
  expect_refused(sign_json({kReceiptMediaType, "claustrum keys v1"}, payload, identity_key()),
                 Code::kMalformed, "signed_json.content_type");
}

TEST(Keys, RefuseAnotherVersion) {
  expect_change_refused("\"version\":1", "\"version\":2", Code::kUnsupported, "keys.version");
}

TEST(Keys, RefuseUnknownMembersAndOtherSpellings) {
  expect_change_refused("\"version\":1", "\"version\":1,\"x\":1", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("\"version\":1", "\"version\": 1", Code::kMalformed,
                        "signed_json.not_canonical");
  expect_change_refused("5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a", "5A5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
                        Code::kMalformed, "signed_json.not_canonical");
  expect_change_refused("13:00:00Z", "13:00:00+00:00", Code::kMalformed,
                        "signed_json.not_canonical");
  expect_refused(signed_payload("[]"), Code::kMalformed, "signed_json.object");
}

TEST(Keys, RefuseWrongContents) {
  expect_change_refused("clinic-assistant", "Clinic", Code::kMalformed, "keys.service_id");
  expect_change_refused("\"5a5a", "\"5a", Code::kMalformed, "json.member");
  expect_change_refused("\"AAECAw==\"", "\"\"", Code::kMalformed, "keys.ohttp_keys");
  KeysClaims claims = good_keys();
  claims.receipt_key_spki =
      crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).public_key().spki();
  expect_refused(sign_keys(claims, identity_key()), Code::kMalformed, "keys.receipt_key");
}

TEST(Keys, LiveAtMostTwoHours) {
  KeysClaims claims = good_keys();
  claims.not_after = claims.not_before + kMaxKeysLifeSeconds;
  EXPECT_TRUE(verify_keys(sign_keys(claims, identity_key()), identity_key().public_key()).ok());
  claims.not_after = claims.not_after + 1;
  expect_refused(sign_keys(claims, identity_key()), Code::kMalformed, "keys.life");
  claims.not_after = claims.not_before;
  expect_refused(sign_keys(claims, identity_key()), Code::kMalformed, "keys.life");
}

TEST(Keys, HaveABeginningAndAnEnd) {
  const KeysClaims claims = good_keys();
  EXPECT_TRUE(check_keys_time(claims, kNow).ok());
  EXPECT_TRUE(check_keys_time(claims, claims.not_before).ok());
  EXPECT_TRUE(check_keys_time(claims, claims.not_after).ok());
  EXPECT_EQ(check_keys_time(claims, claims.not_before + -1).error().reason(), "keys.not_yet_valid");
  EXPECT_EQ(check_keys_time(claims, claims.not_after + 1).error().reason(), "keys.expired");
}

TEST(Keys, NoBitCanBeFlippedAndNoByteCutOff) {
  const Bytes cose = sign_keys(good_keys(), identity_key());
  const auto key = identity_key().public_key();
  for (std::size_t i = 0; i < cose.size(); ++i) {
    Bytes changed = cose;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
    EXPECT_FALSE(verify_keys(changed, key).ok()) << i;
    EXPECT_FALSE(verify_keys(BytesView(cose).first(i), key).ok()) << i;
  }
}

}  // namespace
}  // namespace claustrum::document
