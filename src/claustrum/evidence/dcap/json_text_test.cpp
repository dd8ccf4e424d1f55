// SPDX-License-Identifier: Apache-2.0
// The flat reader takes what codec::parse_json takes, sees the same in it, and refuses the rest for
// the same reason.
#include "claustrum/evidence/dcap/json_text.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_documents.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

bool same(const Json& tree, JsonView view) {
  if (tree.is_integer()) {
    return view.is_integer() && view.integer() == tree.integer();
  }
  if (tree.is_string()) {
    return view.is_string() && view.string() == tree.string();
  }
  if (tree.is_array()) {
    std::size_t i = 0;
    if (!view.is_array() || view.size() != tree.items().size()) {
      return false;
    }
    for (const JsonView item : view.items()) {
      if (!same(tree.items()[i++], item)) {
        return false;
      }
    }
    return i == view.size();
  }
  if (tree.is_object()) {
    for (const auto& [key, value] : tree.members()) {
      const std::optional<JsonView> member = view.find(key);
      if (!member || !same(value, *member)) {
        return false;
      }
    }
    return view.is_object() && view.size() == tree.members().size();
  }
  return view.kind() == (tree.is_null() ? JsonKind::kNull : JsonKind::kBool);
}

void expect_agreement(std::string_view text, const codec::JsonLimits& limits = {}) {
  const Result<Json> tree = codec::parse_json(text, limits);
  const Result<JsonText> flat = JsonText::parse(text, limits);
  ASSERT_EQ(tree.ok(), flat.ok()) << text;
  if (!tree.ok()) {
    EXPECT_EQ(flat.error().code(), tree.error().code()) << text;
    EXPECT_EQ(flat.error().reason(), tree.error().reason()) << text;
    return;
  }
  EXPECT_TRUE(same(*tree, flat->root())) << text;
}

constexpr std::string_view kSample =
    " {\"a\" :[1,-0 , 9223372036854775807,-9223372036854775808,\"\",\"x\\u00e4\\ud83d\\ude00y\"],\n"
    "\t\"\xc3\xa4\\n\":{\"b\":true,\"c\":false,\"d\":null,\"e\":{},\"f\":[],\"\\\"\\\\\\/\":[[{}]]}"
    ",\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":\"\xf0\x9f\x98\x80\"}\r\n";

TEST(DcapJsonText, SeesWhatTheTreeHas) {
  expect_agreement(kSample);
  ASSERT_TRUE(JsonText::parse(kSample, {}).ok());
  for (const Json& document : {sgx_info_json(), sgx_info_v2_json(), tdx_info_json()}) {
    expect_agreement(codec::to_json(document));
    expect_agreement(codec::to_pretty_json(document));
  }
}

TEST(DcapJsonText, RefusesWhatTheTreeRefuses) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "\"",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,",
                           "{\"a\":1,}",
                           "{,}",
                           "{1:2}",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\" 1}",
                           "tru",
                           "nul",
                           "True",
                           "truex",
                           "1x",
                           "1 1",
                           "01",
                           "-01",
                           "-",
                           "+1",
                           ".5",
                           "1.",
                           "1.5",
                           "1e3",
                           "1E+3",
                           "1e",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "\"\x01\"",
                           "\"\t\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\\",
                           "\"\\\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "\"\xc3\"",
                           "\"\x7f\"",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\":1,\"b\":2,\"a\":3}",
                           "{\"a\":1,\"\\u0061\":2}",
                           "[{\"a\":{\"b\":1,\"b\":1}}]",
                           "\xef\xbb\xbf{}",
                           "{}\f",
                           "/**/{}",
                           "'a'",
                           "NaN"}) {
    expect_agreement(text);
  }
  expect_agreement(std::string_view("\0", 1));
  expect_agreement(std::string_view("[1\0]", 4));
}

TEST(DcapJsonText, NoMemberTwiceAmongMany) {
  for (const std::size_t count : {7U, 8U, 9U, 40U}) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) {
      text += "\"k" + std::to_string(i) + "\":0,";
    }
    expect_agreement(text + "\"k\":0}");
    const std::string twice = text + "\"\\u006b3\":0}";
    expect_agreement(twice);
    EXPECT_EQ(JsonText::parse(twice, {}).error().reason(), "json.duplicate");
  }
}

TEST(DcapJsonText, EveryPrefixAndEveryChangedByteIsReadAlike) {
  std::string text(kSample);
  for (std::size_t size = 0; size < text.size(); ++size) {
    expect_agreement(std::string_view(text).substr(0, size));
  }
  for (char& c : text) {
    const char kept = c;
    for (const char other :
         {'"', '\\', '{', '}', '[', ']', ',', ':', '0', 'e', '-', ' ', '\x80', '\0', 'u',
          static_cast<char>(kept ^ 1), static_cast<char>(kept ^ 0x20)}) {
      c = other;
      expect_agreement(text);
    }
    c = kept;
  }
}

TEST(DcapJsonText, LimitsAreThoseGiven) {
  codec::JsonLimits limits;
  limits.max_bytes = kSample.size();
  limits.max_depth = 4;
  limits.max_values = 24;
  expect_agreement(kSample, limits);
  limits.max_bytes -= 1;
  expect_agreement(kSample, limits);
  limits.max_bytes += 1;
  for (limits.max_depth = 0; limits.max_depth < 4; ++limits.max_depth) {
    expect_agreement(kSample, limits);
  }
  for (limits.max_values = 0; limits.max_values < 40; ++limits.max_values) {
    expect_agreement(kSample, limits);
  }
  // Nesting costs stack; the depth is looked at before it is.
  limits = {};
  limits.max_bytes = 10 << 20;
  expect_agreement(std::string(10 << 20, '['), limits);
}

TEST(DcapJsonText, AContainerIsGivenAsItStands) {
  const std::string_view text = "{ \"x\" : { \"a\\u0062\" : [ 1 , 2 ] } , \"y\":\"}\" }";
  const JsonText read = JsonText::parse(text, {}).value();
  EXPECT_EQ(read.root().raw(), text);
  EXPECT_EQ(read.root().find("x")->raw(), "{ \"a\\u0062\" : [ 1 , 2 ] }");
  EXPECT_EQ(read.root().find("x")->find("ab")->raw(), "[ 1 , 2 ]");
  EXPECT_FALSE(read.root().find("z").has_value());
  EXPECT_FALSE(read.root().find("y")->find("z").has_value());
}

}  // namespace
}  // namespace claustrum::evidence::dcap
