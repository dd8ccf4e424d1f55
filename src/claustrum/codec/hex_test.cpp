// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/hex.h"

#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

TEST(Hex, WritesLowerCaseAndReadsEitherCase) {
  const Bytes bytes = {0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(hex_encode(bytes), "000fa5ff");
  EXPECT_EQ(hex_decode("000fA5Ff").value(), bytes);
  EXPECT_EQ(hex_decode("").value(), Bytes());
}

TEST(Hex, EveryByteSurvivesARoundTrip) {
  Bytes all;
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<std::uint8_t>(i));
  }
  EXPECT_EQ(hex_decode(hex_encode(all)).value(), all);
}

TEST(Hex, RefusesAnythingButPairsOfDigits) {
  for (const char* text :
       {"0", "000", "0x00", "0g", "g0", " 00", "00 ", "0 ", "+1", "-1", "00\n"}) {
    expect_fault(hex_decode(text), Code::kMalformed, "hex.malformed", text);
  }
}

}  // namespace
}  // namespace claustrum::codec
