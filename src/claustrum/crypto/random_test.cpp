// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/random.h"

#include <gtest/gtest.h>

namespace claustrum::crypto {
namespace {

TEST(Random, FillsAllOfALargeBuffer) {
  Bytes out((3 << 20) + 17);
  random_fill(out);
  EXPECT_FALSE(all_zero(BytesView(out).last(16)));
  EXPECT_FALSE(all_zero(BytesView(out).first(16)));
}

TEST(Random, GivesDifferentValues) {
  EXPECT_NE(random_array<32>(), random_array<32>());
  EXPECT_FALSE(random_secret(32) == random_secret(32));
  EXPECT_TRUE(random_secret(0).empty());
}

}  // namespace
}  // namespace claustrum::crypto
