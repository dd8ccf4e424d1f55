// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/toml.h"

#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Result<Json> parse(std::string_view text, const JsonLimits& limits = {}) {
  return parse_toml(as_bytes(text), limits);
}

TEST(Toml, TurnsTablesIntoObjects) {
  const Result<Json> root = parse(
      "b = 1\na = \"x\"\n[t]\nyes = true\nhex = 0xff\nlist = [1, [\"y\"], {k = 2}]\n"
      "[[rows]]\nn = 1\n[[rows]]\nn = -2\n[t.\"d.e\"]\nf = '''\nlong'''\n");
  ASSERT_TRUE(root.ok()) << root.error().message();
  EXPECT_EQ(to_json(*root),
            R"({"a":"x","b":1,"rows":[{"n":1},{"n":-2}],"t":{"d.e":{"f":"long"},"hex":255,)"
            R"("list":[1,["y"],{"k":2}],"yes":true}})");
  EXPECT_EQ(to_json(parse("").value()), "{}");
}

TEST(Toml, KeepsTheWholeRangeOfIntegers) {
  EXPECT_EQ(parse("a = 9223372036854775807")->integer_at("a").value(), INT64_MAX);
  EXPECT_EQ(parse("a = -9223372036854775808")->integer_at("a").value(), INT64_MIN);
  expect_fault(parse("a = 9223372036854775808"), Code::kMalformed, "toml.syntax");
}

TEST(Toml, RefusesFloatsAndDates) {
  for (const char* text :
       {"a = 1.5", "a = 1e3", "a = inf", "a = nan", "a = 2026-11-25", "a = 07:15:00",
        "a = 2026-11-25T07:15:00", "a = 2026-11-25T07:15:00Z", "a = [1, 2.0]", "a = {b = 1.0}"}) {
    expect_fault(parse(text), Code::kMalformed, "toml.type", text);
  }
}

TEST(Toml, RefusesBadSyntax) {
  for (const char* text :
       {"a", "a =", "a = 1 b = 2", "a = \"x", "[t", "a = 01", "= 1", "a = {b = 1", "a = [1",
        "a = \"\\x\"", "a = \"\\ud800\"", "a = \"\x01\"", "a = \"\xff\"", "a = \"\xed\xa0\x80\"",
        "a = \"\xc0\x80\"", "# \xff\na = 1"}) {
    expect_fault(parse(text), Code::kMalformed, "toml.syntax", text);
  }
}

// Two readers that disagree on which duplicate counts judge different policies.
TEST(Toml, RefusesDuplicates) {
  for (const char* text : {"a = 1\na = 2", "a = 1\n\"a\" = 2", "[t]\n[t]", "[t]\na = 1\n[t.a]\n",
                           "a.b = 1\na = 2", "a = {b = 1}\na.c = 2", "a = [1]\n[[a]]\n"}) {
    expect_fault(parse(text), Code::kMalformed, "toml.syntax", text);
  }
}

// toml++ 3.3 asserts that a key begins with a key's character; input decides whether it does.
TEST(Toml, KeysThatAreNoneAreErrorsNotAssertions) {
  for (const char* text :
       {"[=", "[=]", "[.a]", "[\x18", "[#", "[[=]]", "[\n]", "[{", "a.=1", "a. .b=1", "{",
        "x = {=1}", "x = {.a=1}", "x = {,}", "x = [=]", "[\xc3\xa9]"}) {
    expect_fault(parse(text), Code::kMalformed, "toml.syntax", text);
  }
}

// toml++ 3.3 leaves undefined whether these are white space.
TEST(Toml, CharactersBeyondAsciiAreNoKeysAndNoWhiteSpace) {
  for (const char* text :
       {"\xc3\xa9 = 1", "a\xc3\xa9 = 1", "a = 1 \xc3\xa9", "a =\xe3\x81\x82 1", "a = 1\xef\xbb\xb6",
        "[\xe3\x81\x82]", "a = {\xc3\xa9 = 1}", "a = \"\"\"x\\\xc3\xa9\"\"\""}) {
    expect_fault(parse(text), Code::kMalformed, "toml.syntax", text);
  }
  EXPECT_EQ(parse("a = \"\xc3\xa9\" # \xe3\x81\x82\n\"\xc3\xa9\" = 1")->string_at("a").value(),
            "\xc3\xa9");
  EXPECT_EQ(parse("a = \"\"\"x\\\n  \xc3\xa9\"\"\"")->string_at("a").value(), "x\xc3\xa9");
}

TEST(Toml, ErrorTextsDoNotQuoteTheFile) {
  const Result<Json> bad = parse("ok = 1\ncanary_key = canary_value\n");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().text().find("canary"), std::string::npos);
  EXPECT_NE(bad.error().text().find("line 2"), std::string::npos);
}

TEST(Toml, LimitsSizeDepthAndCount) {
  JsonLimits limits;
  limits.max_bytes = 5;
  EXPECT_TRUE(parse("a = 1", limits).ok());
  expect_fault(parse("a = 10", limits), Code::kExhausted, "toml.limit");

  limits = {};
  limits.max_depth = 3;
  EXPECT_TRUE(parse("a.b.c = 1", limits).ok());
  expect_fault(parse("a.b.c.d = 1", limits), Code::kExhausted, "toml.limit");
  expect_fault(parse("a = [[[1]]]", limits), Code::kExhausted, "toml.limit");

  limits = {};
  limits.max_values = 4;
  EXPECT_TRUE(parse("a = [1, 2]", limits).ok());
  expect_fault(parse("a = [1, 2, 3]", limits), Code::kExhausted, "toml.limit");
}

// Without the count of full stops these end the process: toml++ frees by recursion.
TEST(Toml, DepthBombsAreRefusedNotFollowed) {
  std::string key = "a";
  for (int i = 0; i < 200'000; ++i) {
    key += ".a";
  }
  expect_fault(parse(key + " = 1"), Code::kExhausted, "toml.limit");
  expect_fault(parse("[" + key + "]"), Code::kExhausted, "toml.limit");
  expect_fault(parse("x = {" + key + " = 1}"), Code::kExhausted, "toml.limit");
  EXPECT_FALSE(parse("a = " + std::string(500'000, '[')).ok());
  std::string tables = "a = ";
  for (int i = 0; i < 100'000; ++i) {
    tables += "{a = ";
  }
  EXPECT_FALSE(parse(tables).ok());
}

TEST(Toml, TheDeepestKeyLetThroughIsFreedWithinTheStack) {
  std::string key = "a";
  for (int i = 0; i < 4096; ++i) {
    key += ".a";
  }
  expect_fault(parse(key + " = 1"), Code::kExhausted, "toml.limit");
  EXPECT_FALSE(parse(key + " = ]").ok());
}

TEST(Toml, ManyFullStopsInStringsAreTooMuchToo) {
  EXPECT_TRUE(parse("a = \"" + std::string(4096, '.') + "\"").ok());
  expect_fault(parse("a = \"" + std::string(4097, '.') + "\""), Code::kExhausted, "toml.limit");
}

TEST(Toml, EveryPrefixIsReadOrRefused) {
  constexpr std::string_view kText =
      "a = \"\\u00e9\xc3\xa9\"\n[t.\"q\"]\nl = [1, {x = '''y'''}, \"\"\"z\"\"\"] # "
      "c\n[[r]]\nb=true\n";
  for (std::size_t length = 0; length <= kText.size(); ++length) {
    const Result<Json> root = parse(kText.substr(0, length));
    if (!root.ok()) {
      EXPECT_EQ(root.error().code(), Code::kMalformed) << length;
    }
  }
}

}  // namespace
}  // namespace claustrum::codec
