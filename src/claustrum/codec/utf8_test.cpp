// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/utf8.h"

#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

bool is_surrogate(std::uint32_t code) {
  return code >= 0xd800 && code <= 0xdfff;
}

TEST(Utf8, EveryScalarValueIsOneValidSequence) {
  for (std::uint32_t code = 0; code <= 0x10ffff; ++code) {
    std::string text;
    append_utf8(text, code);
    const std::size_t length = utf8_sequence(as_bytes(text));
    ASSERT_EQ(length, is_surrogate(code) ? 0 : text.size()) << code;
  }
}

// Valid texts of up to three bytes are exactly the encodings of the scalar values below U+10000.
TEST(Utf8, AcceptsNothingElse) {
  std::size_t valid = 0;
  for (std::uint32_t n = 0; n < 1U << 24; n += 1) {
    const ByteArray<3> text = {static_cast<std::uint8_t>(n >> 16),
                               static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
    valid += text[0] >= 0xe0 && utf8_sequence(text) == 3 ? 1U : 0U;
    if ((n & 0xff) == 0 && text[0] >= 0x80) {
      valid += utf8_sequence(BytesView(text).first(2)) == 2 ? 1U : 0U;
    }
  }
  EXPECT_EQ(valid, 0x10000U - 0x800 - 0x80);
}

TEST(Utf8, RefusesOverlongSurrogateTooLargeAndCutForms) {
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3", "\xe6\xb0", "\xf0\x90\x85", "\xc3(", "a\xff"}) {
    EXPECT_FALSE(valid_utf8(as_bytes(text))) << text;
  }
  EXPECT_TRUE(valid_utf8(as_bytes("a\xc3\xbc\xe6\xb0\xb4\xf0\x90\x85\x91")));
  EXPECT_TRUE(valid_utf8({}));
}

TEST(Utf8, GivesUtf16CodeUnits) {
  EXPECT_EQ(to_utf16("a\xc3\xbc\xe6\xb0\xb4\xf0\x90\x85\x91"), u"a\u00fc\u6c34\U00010151");
  EXPECT_EQ(to_utf16("\xf4\x8f\xbf\xbf"), u"\U0010ffff");
}

TEST(Utf8, PrintableKeepsControlSequencesOffTerminals) {
  EXPECT_EQ(printable("a\x1b[31m\n\xc3\xbc\x7f"), "a?[31m????");
  EXPECT_EQ(printable(std::string(100, 'x')), std::string(32, 'x'));
}

}  // namespace
}  // namespace claustrum::codec
