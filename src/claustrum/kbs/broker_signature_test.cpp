// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/broker_signature.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/sign.h"

namespace claustrum::kbs {
namespace {

Grant good_grant() {
  return {"bm9uY2U=", "default/model-key/1", "3", Bytes(32, 0x11), to_bytes("{\"jwe\":1}")};
}

struct BrokerSignature : testing::Test {
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  Bytes spki = key.public_key().spki();
  crypto::Sha256Digest pinned = key.public_key().spki_sha256();
  Bytes signature = sign_grant(key, good_grant());

  void expect_refused(const Grant& grant, Code code, std::string_view reason) {
    const Status status = verify_grant(grant, spki, signature, pinned);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), code);
    EXPECT_EQ(status.error().reason(), reason);
  }
  void expect_unsigned(const Grant& grant) {
    expect_refused(grant, Code::kBadSignature, "kbs.broker_signature");
  }
};

TEST_F(BrokerSignature, HoldsForWhatWasSigned) {
  EXPECT_TRUE(verify_grant(good_grant(), spki, signature, pinned).ok());
}

TEST_F(BrokerSignature, CoversEveryMember) {
  Grant grant = good_grant();
  grant.nonce += "A";
  expect_unsigned(grant);
  grant = good_grant();
  grant.resource = "default/model-key/2";
  expect_unsigned(grant);
  grant = good_grant();
  grant.version = "4";
  expect_unsigned(grant);
  grant = good_grant();
  grant.policy_digest.back() ^= 1;
  expect_unsigned(grant);
  grant = good_grant();
  grant.body.push_back(' ');
  expect_unsigned(grant);
}

// One text moved over a border between two members is another grant.
TEST_F(BrokerSignature, TextsKeepTheirBorders) {
  Grant grant = good_grant();
  grant.nonce.pop_back();
  grant.resource = "=" + grant.resource;
  expect_unsigned(grant);
  grant = good_grant();
  grant.resource += "3";
  grant.version.clear();
  expect_unsigned(grant);
}

TEST_F(BrokerSignature, APolicyDigestHas32Bytes) {
  for (const std::size_t length : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    Grant grant = good_grant();
    grant.policy_digest.resize(length);
    expect_refused(grant, Code::kMalformed, "kbs.grant");
  }
}

TEST_F(BrokerSignature, AnotherBrokersKeyIsRefusedHoweverWellItSigns) {
  const crypto::PrivateKey other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  spki = other.public_key().spki();
  signature = sign_grant(other, good_grant());
  expect_refused(good_grant(), Code::kUnauthorised, "kbs.broker_identity");
}

TEST_F(BrokerSignature, ThePinnedKeyMustHaveSigned) {
  const crypto::PrivateKey other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  signature = sign_grant(other, good_grant());
  expect_unsigned(good_grant());
  signature.clear();
  expect_unsigned(good_grant());
}

TEST_F(BrokerSignature, AKeyThatIsNoneIsMalformed) {
  spki.pop_back();
  const Status status = verify_grant(good_grant(), spki, signature, pinned);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kMalformed);
}

TEST_F(BrokerSignature, EveryBitOfTheSignatureCounts) {
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    Bytes changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    EXPECT_FALSE(verify_grant(good_grant(), spki, changed, pinned).ok());
  }
}

}  // namespace
}  // namespace claustrum::kbs
