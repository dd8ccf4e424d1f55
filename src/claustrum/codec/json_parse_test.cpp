// SPDX-License-Identifier: Apache-2.0
// Each refusal names one way in which lenient JSON readers disagree with each other.
#include <chrono>

#include "claustrum/codec/json.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

JsonLimits any_numbers() {
  JsonLimits limits;
  limits.numbers = JsonNumbers::kAny;
  return limits;
}

void expect_all(std::initializer_list<const char*> texts, std::string_view reason,
                const JsonLimits& limits = {}) {
  for (const char* text : texts) {
    expect_fault(parse_json(std::string_view(text), limits), Code::kMalformed, reason, text);
  }
}

std::string string_of(std::string_view text) {
  const Result<Json> value = parse_json(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() && value->is_string() ? value->string() : "?";
}

TEST(JsonParse, ReadsEveryKindOfValue) {
  const Result<Json> root = parse_json(
      " {\"n\" : null , \"t\":true,\"f\":false,\"i\":-12,\"s\":\"x\",\"a\":[ ],\"o\":{ }}\r\n\t ");
  ASSERT_TRUE(root.ok()) << root.error().message();
  EXPECT_TRUE(root->find("n")->is_null());
  EXPECT_TRUE(root->find("t")->boolean());
  EXPECT_FALSE(root->find("f")->boolean());
  EXPECT_EQ(root->find("i")->integer(), -12);
  EXPECT_EQ(root->find("s")->string(), "x");
  EXPECT_TRUE(root->find("a")->items().empty());
  EXPECT_TRUE(root->find("o")->members().empty());
  EXPECT_EQ(root->members()[0].first, "n");
  EXPECT_EQ(root->members()[6].first, "o");
}

TEST(JsonParse, ReadsScalarsAtTheTop) {
  EXPECT_TRUE(parse_json("null")->is_null());
  EXPECT_EQ(parse_json(" 7 ")->integer(), 7);
  EXPECT_EQ(string_of("\"\""), "");
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  expect_all({"",           " ",
              "{",          "[",
              "[1",         "[1,",
              "[1,]",       "[,1]",
              "{\"a\"}",    "{\"a\":}",
              "{\"a\":1,}", "{,}",
              "{a:1}",      "{'a':1}",
              "{1:1}",      "{\"a\" 1}",
              "[1 2]",      "nul",
              "tru",        "fals",
              "NULL",       "True",
              "'a'",        "NaN",
              "Infinity",   "-Infinity",
              "+1",         "-",
              ".5",         "[1}",
              "{\"a\":1]",  "/**/1",
              "// x\n1",    "\xef\xbb\xbf{}",
              "\x0c{}",     "\xc2\xa0{}",
              "[\"a\":1]"},
             "json.syntax");
}

TEST(JsonParse, RefusesTrailingBytes) {
  expect_all({"1 2", "{}{}", "[] ]", "nullx", "true,", "1 //", "\"a\"\"b\"", "0x10", "{} \x0b"},
             "json.trailing");
  EXPECT_FALSE(parse_json(std::string_view("{}\0", 3)).ok());
}

TEST(JsonParse, RefusesOtherSpellingsOfNumbers) {
  expect_all({"01", "-01", "00", "1.", "1.e3", "1e", "1e+", "1E-", "-1.", "0."}, "json.number",
             any_numbers());
  expect_all({"1.0", "1e3", "1E0", "-0.0", "0e1", "9223372036854775808", "-9223372036854775809",
              "100000000000000000000000000000"},
             "json.number");
}

TEST(JsonParse, IntegersAreExactOverTheirWholeRange) {
  EXPECT_EQ(parse_json("9223372036854775807")->integer(), INT64_MAX);
  EXPECT_EQ(parse_json("-9223372036854775808")->integer(), INT64_MIN);
  EXPECT_EQ(parse_json("9007199254740993")->integer(), 9007199254740993);
  EXPECT_EQ(parse_json("-0")->integer(), 0);
}

TEST(JsonParse, FloatsOnlyWhereTheCallerAllowsThem) {
  EXPECT_EQ(parse_json("1.5", any_numbers())->number(), 1.5);
  EXPECT_EQ(parse_json("1e3", any_numbers())->number(), 1000);
  EXPECT_EQ(parse_json("-2E-2", any_numbers())->number(), -0.02);
  EXPECT_TRUE(parse_json("12", any_numbers())->is_integer());
  EXPECT_TRUE(parse_json("18446744073709551615", any_numbers())->is_double());
  expect_all({"1e400", "-1e400"}, "json.number", any_numbers());
}

TEST(JsonParse, DecodesEscapes) {
  EXPECT_EQ(string_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(string_of(R"("\u0041\u00e9\u6c34\ud83d\uDE00\uFFFF")"),
            "A\xc3\xa9\xe6\xb0\xb4\xf0\x9f\x98\x80\xef\xbf\xbf");
  EXPECT_EQ(string_of(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(string_of("\"\xc3\xa9\xe6\xb0\xb4\xf0\x9f\x98\x80\x7f\""),
            "\xc3\xa9\xe6\xb0\xb4\xf0\x9f\x98\x80\x7f");
}

TEST(JsonParse, RefusesBadStrings) {
  expect_all({"\"",          "\"a",         "\"\\",        "\"\\\"",      "\"\\x41\"",
              "\"\\a\"",     "\"\\'\"",     "\"\\u\"",     "\"\\u12\"",   "\"\\u123\"",
              "\"\\u123g\"", "\"\\u+123\"", "\"\\u 123\"", "\"\\u-123\"", "\"\\u0x1\"",
              "\"\\U0041\"", "\"a\nb\"",    "\"a\tb\"",    "\"\x01\"",    "\"\x1f\""},
             "json.string");
  EXPECT_FALSE(parse_json(std::string_view("\"\0\"", 3)).ok());
}

TEST(JsonParse, RefusesLoneSurrogates) {
  expect_all({R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800a")", R"("\ud800\n")",
              R"("\udc00\ud800")", R"("\ud800\u0041")", R"("\udbff\ue000")", R"("\ud800\u")",
              R"({"\udfff":1})"},
             "json.string");
}

TEST(JsonParse, RefusesInvalidUtf8) {
  expect_all({"\"\x80\"", "\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xe0\x80\xaf\"", "\"\xed\xa0\x80\"",
              "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xff\"", "\"\xc3\"", "\"\xc3",
              "\"\xf0\x9f\x98\"", "{\"\xff\":1}"},
             "json.string");
}

TEST(JsonParse, RefusesDuplicateMembers) {
  expect_all({R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"":1,"":2})",
              R"({"a":1,"\u0061":2})", R"([{"x":{"a":1,"a":2}}])"},
             "json.duplicate");
  EXPECT_TRUE(parse_json(R"({"a":1,"A":2,"a ":3,"b":{"a":4}})").ok());
}

TEST(JsonParse, ManyMembersAreCheckedInTime) {
  std::string text = "{";
  for (int i = 0; i < 99'000; ++i) {
    text += "\"" + std::to_string(i) + "\":0,";
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(parse_json(text + "\"x\":0}", {std::size_t{4} << 20}).ok());
  expect_fault(parse_json(text + "\"7\":0}", {std::size_t{4} << 20}), Code::kMalformed,
               "json.duplicate");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(JsonParse, LimitsSize) {
  JsonLimits limits;
  limits.max_bytes = 4;
  EXPECT_TRUE(parse_json("[12]", limits).ok());
  expect_fault(parse_json("[12] ", limits), Code::kExhausted, "json.size");
}

TEST(JsonParse, LimitsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(16)).ok());
  expect_fault(parse_json(nested(17)), Code::kExhausted, "json.depth");
  expect_fault(parse_json(std::string(1'000'000, '[')), Code::kExhausted, "json.depth");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) {
    objects += "{\"a\":";
  }
  expect_fault(parse_json(objects), Code::kExhausted, "json.depth");
}

TEST(JsonParse, LimitsCount) {
  JsonLimits limits;
  limits.max_values = 4;
  EXPECT_TRUE(parse_json("[1,[2]]", limits).ok());
  expect_fault(parse_json("[1,[2],3]", limits), Code::kExhausted, "json.count");
  std::string many = "[0";
  for (int i = 0; i < 100'000; ++i) {
    many += ",0";
  }
  expect_fault(parse_json(many + "]"), Code::kExhausted, "json.count");
}

TEST(JsonParse, ErrorTextsCarryNoInput) {
  for (const char* text : {"{\"canary\":1,\"canary\":2}", "canary", "\"canary", "{\"canary\" 1}"}) {
    const Result<Json> bad = parse_json(std::string_view(text));
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().message().find("canary"), std::string::npos) << text;
  }
}

TEST(JsonParse, EveryPrefixFailsCleanly) {
  constexpr std::string_view kText = R"({"a":[1,-2.5e+3,true,false,null,"x\n\u00e9\ud83d\ude00)"
                                     "\xc3\xa9\xf0\x9f\x98\x80"
                                     R"("],"b":{"c":{}}})";
  EXPECT_TRUE(parse_json(kText, any_numbers()).ok());
  for (std::size_t length = 0; length < kText.size(); ++length) {
    const Result<Json> cut = parse_json(kText.substr(0, length), any_numbers());
    ASSERT_FALSE(cut.ok()) << length;
    EXPECT_EQ(cut.error().code(), Code::kMalformed) << length;
  }
}

// Whatever one changed bit leaves readable must survive writing and reading.
TEST(JsonParse, EveryFlippedBitIsRefusedOrReadFaithfully) {
  const std::string text = R"({"a":[1,-25,true,null,"x\n\u00e9"],"b":{"c":"\ud83d\ude00"}})";
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const Result<Json> value = parse_json(changed, any_numbers());
    if (value.ok()) {
      const Result<Json> again = parse_json(to_json(*value), any_numbers());
      ASSERT_TRUE(again.ok()) << changed;
      EXPECT_EQ(to_json(*again), to_json(*value)) << changed;
    }
  }
}

}  // namespace
}  // namespace claustrum::codec
