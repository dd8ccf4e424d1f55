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
  EXPECT_EQ(cache.size(), 0U);
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
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_FALSE(cache.check(as_bytes("i"), as_bytes("1"), kBad).ok());
  EXPECT_TRUE(cache.check(as_bytes("i"), as_bytes("3"), kBad).ok());
}

TEST(IssuerCache, WorksWithoutACache) {
  EXPECT_TRUE(check_issued(nullptr, as_bytes("i"), as_bytes("1"), kGood).ok());
  EXPECT_FALSE(check_issued(nullptr, as_bytes("i"), as_bytes("1"), kBad).ok());
}

}  // namespace
}  // namespace claustrum::evidence
