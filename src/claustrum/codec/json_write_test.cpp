// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <limits>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

JsonLimits any_numbers() {
  JsonLimits limits;
  limits.numbers = JsonNumbers::kAny;
  return limits;
}

std::string canonical(std::string_view text) {
  return to_jcs(parse_json(text, any_numbers()).value());
}

TEST(JsonWrite, CompactKeepsOrderAndEscapesWhatMustBe) {
  Json value;
  value.set("z", "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9").set("a", INT64_MIN);
  EXPECT_EQ(to_json(value),
            "{\"z\":\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\","
            "\"a\":-9223372036854775808}");
  EXPECT_EQ(to_json(Json(std::string("\0", 1))), R"("\u0000")");
}

TEST(JsonWrite, PrettyIsForPeople) {
  EXPECT_EQ(to_pretty_json(parse_json(R"({"a":[1,{"b":[]}],"c":{}})").value()),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}\n");
}

TEST(JsonWrite, EveryStyleReadsBackTheSame) {
  const Json value =
      parse_json(R"({"a":[1,2.5,-1e-9,"x\u0000\ud83d\ude00",null],"b":{"":true}})", any_numbers())
          .value();
  EXPECT_EQ(parse_json(to_json(value), any_numbers()).value(), value);
  EXPECT_EQ(parse_json(to_pretty_json(value), any_numbers()).value(), value);
  EXPECT_EQ(parse_json(to_jcs(value), any_numbers()).value(), value);
}

TEST(Jcs, AgreesWithThePublishedVectors) {
  const std::string folder = "vectors/jcs-rfc8785/";
  for (const std::string name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    const auto input = shared_text(folder + "input/" + name + ".json");
    const auto output = shared_text(folder + "output/" + name + ".json");
    auto outhex = shared_text(folder + "outhex/" + name + ".txt");
    if (!input || !output || !outhex) {
      GTEST_SKIP() << "no folder of shared vectors";
    }
    EXPECT_EQ(canonical(*input), *output) << name;
    outhex->erase(std::remove_if(outhex->begin(), outhex->end(),
                                 [](char c) { return c == ' ' || c == '\n' || c == '\r'; }),
                  outhex->end());
    EXPECT_EQ(hex_encode(as_bytes(canonical(*input))), *outhex) << name;
    EXPECT_EQ(canonical(*output), *output) << name;
  }
}

// [RFC 8785 appendix B] the bits of a double and what ECMAScript prints
TEST(Jcs, NumbersAgreeWithRfc8785AppendixB) {
  const std::pair<std::uint64_t, const char*> vectors[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& [bits, text] : vectors) {
    const double value = std::bit_cast<double>(bits);
    EXPECT_EQ(to_jcs(Json(value)), text);
    EXPECT_EQ(to_json(Json(value)), text);
    EXPECT_EQ(parse_json(std::string_view(text), any_numbers())->number(), value) << text;
  }
}

TEST(Jcs, NumbersChangeNotationWhereEcmascriptDoes) {
  EXPECT_EQ(canonical("[1e0,1.0,10e-1,100,1e20,1e21,123e19,0.001,1e-6,1e-7,1.5e-7,-1.25]"),
            "[1,1,1,100,100000000000000000000,1e+21,1.23e+21,0.001,0.000001,1e-7,1.5e-7,-1.25]");
  EXPECT_EQ(canonical("[-0,-0.0,0.0]"), "[0,0,0]");
}

// RFC 8785 knows doubles only; where an integer is none, the canonical text shows the loss, so that
// a signed document that must equal its canonical form cannot hold such a number.
TEST(Jcs, IntegersBeyondDoublesPrintAsEcmascriptWould) {
  EXPECT_EQ(canonical("9007199254740992"), "9007199254740992");
  EXPECT_EQ(canonical("9007199254740993"), "9007199254740992");
  EXPECT_EQ(canonical("-9223372036854775808"), "-9223372036854776000");
  EXPECT_EQ(to_json(parse_json("9007199254740993").value()), "9007199254740993");
}

// U+FB33 is below U+1F600 as a code point and above its first surrogate as a code unit.
TEST(Jcs, MembersSortByUtf16CodeUnits) {
  EXPECT_EQ(canonical("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u20ac\":3,\"\\r\":4,\"1\":5,"
                      "\"\\u00f6\":6,\"\":7,\"10\":8,\"a\":{\"c\":1,\"b\":2}}"),
            "{\"\":7,\"\\r\":4,\"1\":5,\"10\":8,\"a\":{\"b\":2,\"c\":1},\"\xc3\xb6\":6,"
            "\"\xe2\x82\xac\":3,\"\xf0\x9f\x98\x80\":2,\"\xef\xac\xb3\":1}");
}

TEST(Jcs, OneTextForAllSpellings) {
  EXPECT_EQ(canonical(" { \"b\" : \"\\u0061\\/\" , \"a\" : [ 1.0 , 1E2 ] } "),
            R"({"a":[1,100],"b":"a/"})");
}

TEST(JsonWriteDeathTest, NumbersThatJsonLacksAbort) {
  EXPECT_DEATH((void)to_json(Json(std::numeric_limits<double>::infinity())), "isfinite");
}

}  // namespace
}  // namespace claustrum::codec
