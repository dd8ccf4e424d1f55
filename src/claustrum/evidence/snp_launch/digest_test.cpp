// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/digest.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/hash.h"

namespace claustrum::evidence::snp_launch {
namespace {

TEST(SnpLaunchDigest, OnePageIsThePageInfoRecord) {
  const Bytes page(kPageLen, 0xAB);
  // The record by hand: digest so far, SHA-384 of the page, length, type, zeros, address.
  Bytes info(48);
  const ByteArray<48> contents = crypto::sha384(page);
  append(info, contents);
  append(info, Bytes{0x70, 0, 1, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0});
  ASSERT_EQ(info.size(), 0x70U);
  LaunchDigest digest;
  digest.add_page(PageType::kNormal, page, 0x1000);
  EXPECT_EQ(digest.value(), crypto::sha384(info));
}

TEST(SnpLaunchDigest, KindAndAddressCountWithoutContents) {
  LaunchDigest zero;
  zero.add_page(PageType::kZero, {}, 0);
  LaunchDigest secrets;
  secrets.add_page(PageType::kSecrets, {}, 0);
  LaunchDigest elsewhere;
  elsewhere.add_page(PageType::kZero, {}, 0x1000);
  EXPECT_NE(zero.value(), secrets.value());
  EXPECT_NE(zero.value(), elsewhere.value());
}

TEST(SnpLaunchDigest, ManyPagesAreEachPageInTurn) {
  Bytes two(2 * kPageLen, 1);
  two[kPageLen] = 2;
  LaunchDigest together;
  together.add_pages(PageType::kNormal, two, 0x5000);
  together.add_empty_pages(PageType::kZero, 2 * kPageLen, 0x9000);
  LaunchDigest apart;
  apart.add_page(PageType::kNormal, BytesView(two).first(kPageLen), 0x5000);
  apart.add_page(PageType::kNormal, BytesView(two).subspan(kPageLen), 0x6000);
  apart.add_page(PageType::kZero, {}, 0x9000).add_page(PageType::kZero, {}, 0xA000);
  EXPECT_EQ(together.value(), apart.value());
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
