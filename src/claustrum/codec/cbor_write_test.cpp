// SPDX-License-Identifier: Apache-2.0
// Values, their encoding, and the examples of RFC 8949 appendix A read and written back.
#include <bit>
#include <cmath>
#include <limits>

#include "claustrum/codec/cbor.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Cbor parse(std::string_view hex) {
  const Bytes data = hex_decode(hex).value();
  return parse_cbor(data).value();
}

std::string encoded(const Cbor& value) {
  return hex_encode(encode_cbor(value));
}

// The item as JSON, where JSON has such a value; numbers beyond int64 as doubles.
Json as_json(const Cbor& value) {
  switch (value.type()) {
    case Cbor::Type::kUnsigned:
    case Cbor::Type::kNegative:
      if (value.as_integer()) {
        return Json(*value.as_integer());
      }
      return value.as_unsigned() ? Json(static_cast<double>(*value.as_unsigned()))
                                 : Json(-1.0 - static_cast<double>(value.negative_argument()));
    case Cbor::Type::kText:
      return Json(*value.as_text());
    case Cbor::Type::kArray: {
      Json out = Json::array();
      for (const Cbor& item : *value.as_array()) {
        out.push(as_json(item));
      }
      return out;
    }
    case Cbor::Type::kMap: {
      Json out = Json::object();
      for (const auto& [key, item] : *value.as_map()) {
        out.set(*key.as_text(), as_json(item));
      }
      return out;
    }
    case Cbor::Type::kTag: {  // bignums, the only tags that the vectors decode
      double number = 0;
      const BytesView magnitude = value.tagged()->as_bytes().value();
      for (const std::uint8_t byte : magnitude) {
        number = number * 256 + byte;
      }
      return Json(value.tag_number() == 2 ? number : -1.0 - number);
    }
    case Cbor::Type::kFloat:
      return Json(value.as_float());
    case Cbor::Type::kSimple:
      return value.as_boolean() ? Json(*value.as_boolean()) : Json();
    case Cbor::Type::kBytes:
      break;
  }
  ADD_FAILURE() << "no JSON for this item";
  return Json();
}

void check_example(const Json& example) {
  const std::string hex = example.string_at("hex").value();
  const Bytes data = example.hex_at("hex").value();
  CborLimits limits;
  limits.allow_indefinite = true;
  const Result<Cbor> value = parse_cbor(data, limits);
  if (hex == "f818") {  // RFC 7049's; RFC 8949 3.3 reserves it
    expect_fault(value, Code::kMalformed, "cbor.simple");
    return;
  }
  ASSERT_TRUE(value.ok()) << hex << value.error().message();
  if (example.boolean_at("roundtrip").value()) {
    EXPECT_EQ(encoded(*value), hex);
    limits.require_deterministic = true;
    EXPECT_TRUE(parse_cbor(data, limits).ok()) << hex;
  } else {
    EXPECT_EQ(parse_cbor(encode_cbor(*value)).value(), *value) << hex;
    limits.require_deterministic = true;
    EXPECT_FALSE(parse_cbor(data, limits).ok()) << hex;
  }
  if (example.find("decoded") != nullptr) {
    EXPECT_EQ(to_jcs(as_json(*value)), to_jcs(*example.find("decoded"))) << hex;
  }
}

TEST(Cbor, AgreesWithRfc8949AppendixA) {
  const auto text = shared_text("vectors/cbor/appendix_a.json");
  if (!text) {
    GTEST_SKIP() << "no folder of shared vectors";
  }
  JsonLimits limits;
  limits.numbers = JsonNumbers::kAny;
  const Json examples = parse_json(std::string_view(*text), limits).value();
  EXPECT_EQ(examples.items().size(), 82U);
  for (const Json& example : examples.items()) {
    check_example(example);
  }
}

TEST(Cbor, ReadsInfinitiesAndNans) {
  for (const char* hex : {"f97c00", "fa7f800000", "fb7ff0000000000000"}) {
    EXPECT_EQ(parse(hex).as_float(), std::numeric_limits<double>::infinity()) << hex;
  }
  for (const char* hex : {"f9fc00", "faff800000", "fbfff0000000000000"}) {
    EXPECT_EQ(parse(hex).as_float(), -std::numeric_limits<double>::infinity()) << hex;
  }
  for (const char* hex : {"f97e00", "f97c01", "fa7fc00000", "fb7ff8000000000000"}) {
    EXPECT_TRUE(std::isnan(parse(hex).as_float())) << hex;
    EXPECT_EQ(encoded(parse(hex)), "f97e00") << hex;
  }
}

// Every half survives; every half written as a single or double comes back as the half.
TEST(Cbor, FloatsTakeTheShortestExactForm) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const ByteArray<3> half = {0xf9, static_cast<std::uint8_t>(bits >> 8),
                               static_cast<std::uint8_t>(bits)};
    const Cbor value = parse_cbor(half).value();
    if (!std::isnan(value.as_float())) {
      ASSERT_EQ(encoded(value), hex_encode(half));
      ByteWriter wide;
      wide.u8(0xfb).u64be(std::bit_cast<std::uint64_t>(value.as_float()));
      ASSERT_EQ(encoded(parse_cbor(wide.view()).value()), hex_encode(half));
    }
  }
  for (const char* hex : {"fa33800001", "fa477ff000", "fa00000001", "fa7f7fffff", "fa387fe001",
                          "fa32ffffff", "fb3ff0000000000001", "fb0000000000000001"}) {
    EXPECT_EQ(encoded(parse(hex)), hex);
  }
}

TEST(Cbor, IntegersKeepTheirWholeRange) {
  EXPECT_EQ(parse("1bffffffffffffffff").as_unsigned(), UINT64_MAX);
  EXPECT_EQ(parse("1bffffffffffffffff").as_integer(), std::nullopt);
  EXPECT_EQ(parse("1b8000000000000000").as_integer(), std::nullopt);
  EXPECT_EQ(parse("1b7fffffffffffffff").as_integer(), INT64_MAX);
  EXPECT_EQ(parse("3b7fffffffffffffff").as_integer(), INT64_MIN);
  EXPECT_EQ(parse("3b8000000000000000").as_integer(), std::nullopt);
  EXPECT_EQ(parse("3bffffffffffffffff").negative_argument(), UINT64_MAX);
  EXPECT_EQ(parse("20").as_unsigned(), std::nullopt);
  for (const std::int64_t value :
       {INT64_MIN, std::int64_t{-257}, std::int64_t{-256}, std::int64_t{-25}, std::int64_t{-24},
        std::int64_t{-1}, std::int64_t{0}, std::int64_t{23}, std::int64_t{24}, std::int64_t{65535},
        std::int64_t{65536}, INT64_MAX}) {
    EXPECT_EQ(parse_cbor(encode_cbor(Cbor::integer(value)))->as_integer(), value);
  }
}

TEST(Cbor, AccessToAnotherTypeGivesNothing) {
  for (const char* hex : {"00", "20", "40", "60", "80", "a0", "c100", "f6", "f5", "f93c00"}) {
    const Cbor value = parse(hex);
    using Type = Cbor::Type;
    EXPECT_EQ(value.as_bytes().has_value(), value.type() == Type::kBytes) << hex;
    EXPECT_EQ(value.as_text().has_value(), value.type() == Type::kText) << hex;
    EXPECT_EQ(value.as_array() != nullptr, value.type() == Type::kArray) << hex;
    EXPECT_EQ(value.as_map() != nullptr, value.type() == Type::kMap) << hex;
    EXPECT_EQ(value.tagged() != nullptr, value.type() == Type::kTag) << hex;
    EXPECT_EQ(value.as_integer().has_value(),
              value.type() == Type::kUnsigned || value.type() == Type::kNegative)
        << hex;
    EXPECT_EQ(value.as_boolean().has_value(), std::string_view(hex) == "f5") << hex;
    EXPECT_EQ(value.is_null(), std::string_view(hex) == "f6") << hex;
    EXPECT_EQ(value.find(0), nullptr);
    EXPECT_EQ(value.find("a"), nullptr);
  }
}

TEST(Cbor, FindsIntegerAndTextKeys) {
  const Cbor map = parse(
      "a4016161200262616103"
      "410104");
  EXPECT_EQ(map.find(1)->as_text(), "a");
  EXPECT_EQ(map.find(-1)->as_integer(), 2);
  EXPECT_EQ(map.find("aa")->as_integer(), 3);
  EXPECT_EQ(map.find(3), nullptr);
  EXPECT_EQ(map.find("\x01"), nullptr);
}

TEST(Cbor, MapsAreWrittenInKeyOrder) {
  const Cbor map = Cbor::map({{Cbor::text("b"), Cbor::integer(1)},
                              {Cbor::integer(-1), Cbor::null()},
                              {Cbor::text("aa"), Cbor::boolean(true)},
                              {Cbor::integer(10), Cbor::bytes(Bytes{1})},
                              {Cbor::integer(100), Cbor::array({Cbor::integer(2)})}});
  EXPECT_EQ(encoded(map), "a50a41011864810220f6616201626161f5");
}

TEST(Cbor, EqualityIgnoresMapOrderAndLooksAtType) {
  EXPECT_EQ(parse("a201020304"), parse("a203040102"));
  EXPECT_FALSE(parse("01") == parse("20"));
  EXPECT_FALSE(parse("4161") == parse("6161"));
  EXPECT_FALSE(parse("c101") == parse("c201"));
}

}  // namespace
}  // namespace claustrum::codec
