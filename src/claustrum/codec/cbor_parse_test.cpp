// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/cbor.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Result<Cbor> parse(std::string_view hex, const CborLimits& limits = {}) {
  const Bytes data = hex_decode(hex).value();
  return parse_cbor(data, limits);
}

CborLimits indefinite() {
  CborLimits limits;
  limits.allow_indefinite = true;
  return limits;
}

CborLimits deterministic() {
  CborLimits limits;
  limits.require_deterministic = true;
  return limits;
}

void expect_all(std::initializer_list<const char*> texts, std::string_view reason,
                const CborLimits& limits = {}) {
  for (const char* hex : texts) {
    expect_fault(parse(hex, limits), Code::kMalformed, reason, hex);
  }
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

TEST(CborParse, RefusesReservedHeads) {
  for (const char* info :
       {"1c", "1d", "1e", "3c", "5d", "7e", "9c", "bd", "de", "fc", "fd", "fe"}) {
    expect_fault(parse(std::string(info) + "0000000000000000"), Code::kMalformed, "cbor.head",
                 info);
  }
  expect_all({"1f", "3f", "df00"}, "cbor.head", indefinite());
}

TEST(CborParse, RefusesTwoByteFormsOfOneByteSimples) {
  expect_all({"f800", "f814", "f816", "f818", "f81f"}, "cbor.simple");
  EXPECT_EQ(parse("f820")->simple_value(), 32U);
}

TEST(CborParse, RefusesBreaksOutOfPlace) {
  expect_all({"ff", "81ff", "a1ff", "a101ff", "c1ff"}, "cbor.break");
  expect_all({"ff", "81ff", "bf01ff", "9f81ff", "c1ff"}, "cbor.break", indefinite());
}

TEST(CborParse, RefusesTrailingBytes) {
  expect_all({"0000", "80ff", "6161f6"}, "cbor.trailing");
}

TEST(CborParse, RefusesCutItems) {
  expect_all({"", "18", "19ff", "1aff", "1b00", "41", "5901", "61", "81", "8201", "a1", "a101",
              "c1", "f9", "f93c", "fb00"},
             "cbor.truncated");
  expect_all({"5f", "5f41aa", "7f", "9f", "9f01", "bf", "bf01", "bf0102"}, "cbor.truncated",
             indefinite());
}

TEST(CborParse, HugeLengthsAreRefusedBeforeAllocating) {
  expect_all({"5bffffffffffffffff00", "7b7fffffffffffffff00", "9bffffffffffffffff00",
              "bbffffffffffffffff00", "9a7fffffff0000", "baffffffff00", "5affffffff",
              "8c0000000000000000000000"},
             "cbor.truncated");
}

TEST(CborParse, RefusesInvalidUtf8) {
  expect_all({"61ff", "62c080", "63eda080", "64f4908080", "61c3", "82616161c3"}, "cbor.utf8");
  // [RFC 8949 3.2.3] a character may not be cut between chunks
  expect_all({"7f61c361a9ff"}, "cbor.utf8", indefinite());
}

TEST(CborParse, RefusesDuplicateKeys) {
  expect_all({"a201010102", "a2616101616102", "a2f401f402", "a2810101810102", "a301010201011803",
              "a20101180102"},
             "cbor.duplicate_key");
  expect_all({"bf01010102ff", "bf4141015f4141ff02ff"}, "cbor.duplicate_key", indefinite());
  // Keys of different types are different keys.
  EXPECT_TRUE(parse("a401012001613101413101").ok());
}

TEST(CborParse, IndefiniteLengthsOnlyWhereAllowed) {
  for (const char* hex : {"5f4101ff", "7f6161ff", "9f01ff", "bf0102ff"}) {
    expect_fault(parse(hex), Code::kMalformed, "cbor.indefinite", hex);
    EXPECT_TRUE(parse(hex, indefinite()).ok()) << hex;
    CborLimits both = indefinite();
    both.require_deterministic = true;
    expect_fault(parse(hex, both), Code::kMalformed, "cbor.indefinite", hex);
  }
  EXPECT_EQ(parse("5f41014102ff", indefinite()).value(), parse("420102").value());
  expect_all({"5f6161ff", "7f4101ff", "5f01ff", "5f5f4101ffff", "5f80ff"}, "cbor.string",
             indefinite());
}

TEST(CborParse, StringsInPiecesMayBeRefusedByThemselves) {
  CborLimits containers = indefinite();
  containers.definite_strings = true;
  EXPECT_EQ(parse("bf616b9f0102ffff", containers).value(), parse("a1616b820102").value());
  expect_all({"5f4101ff", "7f6161ff", "5fff", "7fff", "bf616b5f4101ffff", "bf7f616bff01ff",
              "9f7fffff", "815fff"},
             "cbor.indefinite", containers);
  CborLimits alone;
  alone.definite_strings = true;
  expect_all({"9f01ff", "bf0102ff", "5f4101ff"}, "cbor.indefinite", alone);
}

TEST(CborParse, DeterministicEncodingWhereDemanded) {
  for (const char* hex :
       {"1817", "190017", "1a00000017", "1b0000000000000017", "3817", "581741", "580101",
        "7801"
        "61",
        "980101", "b8010101", "d80101", "1900ff", "1a0000ffff", "1b00000000ffffffff"}) {
    expect_fault(parse(hex, deterministic()), Code::kMalformed, "cbor.not_deterministic", hex);
  }
  expect_all({"a202010102", "a2616201616102", "a220010001",
              "a2626161016162"
              "01"},
             "cbor.not_deterministic", deterministic());
  expect_all({"a201010102"}, "cbor.duplicate_key", deterministic());
  expect_all({"fa3f800000", "fb3ff0000000000000", "fa7fc00000", "f97e01", "f9fe00"},
             "cbor.not_deterministic", deterministic());
  for (const char* hex : {"17", "1818", "f93c00", "fa47c35000", "fb3ff199999999999a", "f97e00",
                          "a30102200161"
                          "6101",
                          "f820", "81f6"}) {
    EXPECT_TRUE(parse(hex, deterministic()).ok()) << hex;
  }
  EXPECT_TRUE(parse("1817").ok());
}

TEST(CborParse, LimitsDepth) {
  EXPECT_TRUE(parse(repeated("81", 16) + "00").ok());
  expect_fault(parse(repeated("81", 17) + "00"), Code::kExhausted, "cbor.depth");
  for (const char* bomb : {"81", "c1", "a1", "a100"}) {
    expect_fault(parse(repeated(bomb, 200'000)), Code::kExhausted, "cbor.depth", bomb);
  }
  expect_fault(parse(repeated("9f", 200'000), indefinite()), Code::kExhausted, "cbor.depth");
  expect_fault(parse(repeated("bf", 200'000), indefinite()), Code::kExhausted, "cbor.depth");
}

TEST(CborParse, LimitsItems) {
  CborLimits limits;
  limits.max_items = 3;
  EXPECT_TRUE(parse("820102", limits).ok());
  expect_fault(parse("83010203", limits), Code::kExhausted, "cbor.count");
  expect_fault(parse("a201020304", limits), Code::kExhausted, "cbor.count");
  expect_fault(parse("9a00030d40" + repeated("00", 200'000)), Code::kExhausted, "cbor.count");
}

TEST(CborParse, EveryPrefixFailsCleanly) {
  const Bytes data =
      hex_decode("a5016161024301020303820bf5190100fb3ff199999999999a20d81c9f01bf0203ffff").value();
  ASSERT_TRUE(parse_cbor(data, indefinite()).ok());
  for (std::size_t length = 0; length < data.size(); ++length) {
    expect_fault(parse_cbor(BytesView(data).first(length), indefinite()), Code::kMalformed,
                 "cbor.truncated", std::to_string(length));
  }
}

// What is accepted as deterministic has one spelling: its own encoding.
TEST(CborParse, DeterministicInputIsItsOwnEncodingWhateverBitIsFlipped) {
  const Bytes data = hex_decode(
                         "a50161610243010203190100fb3ff199999999999a20d81c820bf5616163"
                         "c3bc41")
                         .value();
  ASSERT_TRUE(parse_cbor(data, deterministic()).ok());
  for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
    Bytes changed = data;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << bit % 8));
    const Result<Cbor> value = parse_cbor(changed, deterministic());
    if (value.ok()) {
      EXPECT_EQ(encode_cbor(*value), changed) << bit;
    }
  }
}

}  // namespace
}  // namespace claustrum::codec
