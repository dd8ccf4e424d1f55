// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace claustrum {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<SecretArray<32>>);

TEST(Secret, MoveEmptiesTheSource) {
  SecretBytes from = SecretBytes::copy_of(as_bytes("key"));
  const SecretBytes to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT: use after move is the point
  EXPECT_EQ(as_text(to.reveal()), "key");
}

TEST(Secret, ArrayMoveWipesTheSource) {
  SecretArray<4> from(ByteArray<4>{1, 2, 3, 4});
  const SecretArray<4> to = std::move(from);
  EXPECT_TRUE(all_zero(from.reveal()));  // NOLINT
  EXPECT_TRUE(equal(to.reveal(), ByteArray<4>{1, 2, 3, 4}));
}

TEST(Secret, GrowsThroughAppendAcrossPages) {
  SecretBytes bytes;
  Bytes expected;
  for (int i = 0; i < 3000; ++i) {
    const Bytes piece = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8), 7};
    bytes.append(piece);
    append(expected, piece);
  }
  EXPECT_TRUE(equal(bytes.reveal(), expected));
  bytes.shrink(5);
  EXPECT_TRUE(equal(bytes.reveal(), BytesView(expected).first(5)));
}

TEST(Secret, EqualityComparesContents) {
  EXPECT_TRUE(SecretBytes::copy_of(as_bytes("a")) == SecretBytes::copy_of(as_bytes("a")));
  EXPECT_FALSE(SecretBytes::copy_of(as_bytes("a")) == SecretBytes::copy_of(as_bytes("b")));
  EXPECT_FALSE(SecretBytes::copy_of(as_bytes("a")) == SecretBytes::copy_of(as_bytes("ab")));
}

TEST(Bytes, ConstantTimeEqualityAgreesWithPlain) {
  EXPECT_TRUE(equal_constant_time(as_bytes("same"), as_bytes("same")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sane")));
  EXPECT_FALSE(equal_constant_time(as_bytes("same"), as_bytes("sam")));
}

}  // namespace
}  // namespace claustrum
