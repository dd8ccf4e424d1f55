// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/launch.h"

#include <gtest/gtest.h>

namespace claustrum::simulator {
namespace {

using evidence::snp_launch::kPageLen;
using evidence::snp_launch::LaunchDigest;
using evidence::snp_launch::PageType;

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
