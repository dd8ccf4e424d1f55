// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/launch.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::simulator {
namespace {

TEST(SimLaunch, OnePageIsThePageInfoRecord) {
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

TEST(SimLaunch, UnmeasuredContentsAreZero) {
  LaunchDigest zero;
  zero.add_page(PageType::kZero, {}, 0);
  LaunchDigest secrets;
  secrets.add_page(PageType::kSecrets, {}, 0);
  EXPECT_NE(zero.value(), secrets.value());
}

TEST(SimLaunch, WorkloadIsItsPagesFromZero) {
  Bytes file(kPageLen + 10, 7);
  Bytes last(kPageLen);
  std::fill(last.begin(), last.begin() + 10, std::uint8_t{7});
  LaunchDigest digest;
  digest.add_page(PageType::kNormal, BytesView(file).first(kPageLen), 0);
  digest.add_page(PageType::kNormal, last, kPageLen);
  EXPECT_EQ(measure_workload(file), digest.value());
  EXPECT_EQ(measure_workload({}), (ByteArray<48>{}));
}

TEST(SimLaunch, EveryByteCounts) {
  const Bytes file(3 * kPageLen, 1);
  const ByteArray<48> before = measure_workload(file);
  for (const std::size_t at : {std::size_t{0}, kPageLen - 1, kPageLen, 3 * kPageLen - 1}) {
    Bytes changed = file;
    changed[at] ^= 1;
    EXPECT_NE(measure_workload(changed), before) << at;
  }
}

TEST(SimLaunch, PagesDoNotCommute) {
  Bytes file(2 * kPageLen, 1);
  std::fill(file.begin(), file.begin() + kPageLen, std::uint8_t{2});
  Bytes swapped(file.rbegin(), file.rend());
  EXPECT_NE(measure_workload(file), measure_workload(swapped));
}

}  // namespace
}  // namespace claustrum::simulator
