// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/issuer_cache.h"

#include <gtest/gtest.h>

namespace claustrum::evidence {
namespace {

const auto kBad = [] { return Status(Error(Code::kBadSignature, "x509.signature")); };
const auto kGood = [] { return ok_status(); };

TEST(IssuerCache, RemembersASignatureFoundGood) {
  IssuerCache cache;
  EXPECT_TRUE(cache.check(as_bytes("issuer"), as_bytes("leaf"), kGood).ok());
  EXPECT_TRUE(cache.check(as_bytes("issuer"), as_bytes("leaf"), kBad).ok());
}

TEST(IssuerCache, NeverRemembersAFailure) {
  IssuerCache cache;
  EXPECT_FALSE(cache.check(as_bytes("issuer"), as_bytes("leaf"), kBad).ok());
  EXPECT_EQ(cache.signatures(), 0U);
  EXPECT_TRUE(cache.check(as_bytes("issuer"), as_bytes("leaf"), kGood).ok());
}

TEST(IssuerCache, AnyOtherPairIsAskedAgain) {
  IssuerCache cache;
  ASSERT_TRUE(cache.check(as_bytes("issuer"), as_bytes("leaf"), kGood).ok());
  EXPECT_FALSE(cache.check(as_bytes("issuer2"), as_bytes("leaf"), kBad).ok());
  EXPECT_FALSE(cache.check(as_bytes("issuer"), as_bytes("lead"), kBad).ok());
  EXPECT_FALSE(cache.check(as_bytes("leaf"), as_bytes("issuer"), kBad).ok());
  // The border between the two strings is part of the key.
  EXPECT_FALSE(cache.check(as_bytes("issuerl"), as_bytes("eaf"), kBad).ok());
}

TEST(IssuerCache, IsBounded) {
  IssuerCache cache(2);
  ASSERT_TRUE(cache.check(as_bytes("i"), as_bytes("1"), kGood).ok());
  ASSERT_TRUE(cache.check(as_bytes("i"), as_bytes("2"), kGood).ok());
  ASSERT_TRUE(cache.check(as_bytes("i"), as_bytes("3"), kGood).ok());
  EXPECT_EQ(cache.signatures(), 2U);
  EXPECT_FALSE(cache.check(as_bytes("i"), as_bytes("1"), kBad).ok());
  EXPECT_TRUE(cache.check(as_bytes("i"), as_bytes("3"), kBad).ok());
}

Bytes make_certificate(std::uint64_t serial) {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  crypto::CertificateSpec spec;
  spec.subject = spec.issuer = {{"CN", "cache test"}};
  spec.serial = serial;
  spec.not_after = Instant{86400};
  return crypto::build_certificate(spec, key.public_key(), key, crypto::SigAlg::kEcdsaP384Sha384)
      .value();
}

TEST(IssuerCache, GivesBackExactlyTheCertificateAskedFor) {
  IssuerCache cache(2);
  const Bytes one = make_certificate(1);
  const Bytes two = make_certificate(2);
  EXPECT_FALSE(cache.find(one).has_value());
  cache.remember(crypto::Certificate::parse(one).value());
  ASSERT_TRUE(cache.find(one).has_value());
  EXPECT_EQ(cache.find(one)->der(), one);
  EXPECT_FALSE(cache.find(two).has_value());
  Bytes longer = one;
  longer.push_back(0);
  EXPECT_FALSE(cache.find(longer).has_value());
  EXPECT_FALSE(read_certificate(&cache, longer).ok());
  EXPECT_EQ(read_certificate(&cache, two)->der(), two);
}

TEST(IssuerCache, CertificatesAreBoundedToo) {
  IssuerCache cache(2);
  for (const std::uint64_t serial : {1U, 2U, 3U, 3U}) {
    cache.remember(crypto::Certificate::parse(make_certificate(serial)).value());
  }
  EXPECT_EQ(cache.certificates(), 2U);
  EXPECT_EQ(cache.signatures(), 0U);
}

TEST(IssuerCache, WorksWithoutACache) {
  EXPECT_TRUE(check_issued(nullptr, as_bytes("i"), as_bytes("1"), kGood).ok());
  EXPECT_FALSE(check_issued(nullptr, as_bytes("i"), as_bytes("1"), kBad).ok());
}

}  // namespace
}  // namespace claustrum::evidence
