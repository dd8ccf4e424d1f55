// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/base64.h"

#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

TEST(Base64, AgreesWithRfc4648Section10) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), coded);
    EXPECT_EQ(base64_decode(coded).value(), to_bytes(std::string_view(plain)));
    std::string unpadded = coded;
    unpadded.erase(std::min(unpadded.find('='), unpadded.size()));
    EXPECT_EQ(base64url_encode(as_bytes(plain)), unpadded);
    EXPECT_EQ(base64url_decode(unpadded).value(), to_bytes(std::string_view(plain)));
  }
}

TEST(Base64, TheTwoAlphabetsAreNotMixed) {
  const Bytes bytes = {0xfb, 0xff, 0xfe};
  EXPECT_EQ(base64_encode(bytes), "+//+");
  EXPECT_EQ(base64url_encode(bytes), "-__-");
  EXPECT_FALSE(base64_decode("-__-").ok());
  EXPECT_FALSE(base64url_decode("+//+").ok());
}

TEST(Base64, EveryLengthSurvivesARoundTrip) {
  Bytes bytes;
  for (int i = 0; i < 260; ++i) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)).value(), bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 7));
  }
}

TEST(Base64, RefusesOtherSpellings) {
  for (const char* text : {"Zg",   "Zg=",      "Zg===", "Z",        "Z===",  "====",      "==",
                           "=",    "Zg==Zg==", "Zm9v=", "Zm9v====", "Zm 9v", "Zm9v\n",    " Zm9v",
                           "Zm9*", "Zh==",     "Zm9=",  "Zm=v",     "Z=9v",  "Zm\xc3\xa9"}) {
    expect_fault(base64_decode(text), Code::kMalformed, "base64.malformed", text);
  }
  for (const char* text : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm8\n", "Zm.8"}) {
    expect_fault(base64url_decode(text), Code::kMalformed, "base64.malformed", text);
  }
}

// Of all texts of two characters, exactly one decodes to each byte.
TEST(Base64, OneSpellingAByte) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<int, 256> spellings{};
  for (const char a : kAlphabet) {
    for (const char b : kAlphabet) {
      const Result<Bytes> byte = base64url_decode(std::string{a, b});
      if (byte.ok()) {
        ++spellings[byte->at(0)];
      }
    }
  }
  EXPECT_EQ(std::count(spellings.begin(), spellings.end(), 1), 256);
}

TEST(Base64, RefusesAZeroByteInTheText) {
  EXPECT_FALSE(base64_decode(std::string_view("Zm9\0", 4)).ok());
}

}  // namespace
}  // namespace claustrum::codec
