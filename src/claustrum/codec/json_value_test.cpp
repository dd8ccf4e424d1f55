// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/json.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Json sample() {
  return parse_json(R"({"s":"x","i":5,"b":true,"n":null,"o":{"k":1},"a":[1],
                        "b64":"+/8=","url":"-_8","hex":"00ff"})")
      .value();
}

TEST(JsonValue, SetAddsReplacesAndKeepsOrder) {
  Json value;
  value.set("b", 1).set("a", "x").set("b", Json::array());
  EXPECT_EQ(to_json(value), R"({"b":[],"a":"x"})");
}

TEST(JsonValue, PushMakesAnArray) {
  Json value;
  value.push(1).push(true).push(nullptr).push(Json::object());
  EXPECT_EQ(to_json(value), "[1,true,null,{}]");
  value.items()[0] = Json(2.5);
  EXPECT_EQ(value.items()[0].number(), 2.5);
}

TEST(JsonValue, LiteralsAreTextNotBooleans) {
  EXPECT_TRUE(Json("x").is_string());
  EXPECT_TRUE(Json(std::string_view("x")).is_string());
  EXPECT_TRUE(Json(0).is_integer());
  EXPECT_TRUE(Json(false).is_bool());
}

TEST(JsonValue, EqualityLooksAtTypeAndOrder) {
  EXPECT_EQ(parse_json(R"({"a":[1,"x"]})").value(), parse_json(R"( {"a" : [1,"x"]} )").value());
  EXPECT_NE(Json(1), Json(1.0));
  EXPECT_NE(parse_json(R"({"a":1,"b":2})").value(), parse_json(R"({"b":2,"a":1})").value());
}

TEST(JsonValue, FindIsNullForAbsentMembersAndOtherTypes) {
  EXPECT_EQ(sample().find("zz"), nullptr);
  EXPECT_EQ(Json("x").find("x"), nullptr);
  EXPECT_EQ(Json().find(""), nullptr);
}

TEST(JsonValue, CheckedAccessGivesWhatIsThere) {
  const Json value = sample();
  EXPECT_EQ(value.string_at("s").value(), "x");
  EXPECT_EQ(value.integer_at("i").value(), 5);
  EXPECT_TRUE(value.boolean_at("b").value());
  EXPECT_EQ(value.object_at("o")->integer_at("k").value(), 1);
  EXPECT_EQ(value.array_at("a")->items().size(), 1U);
  EXPECT_EQ(value.base64_at("b64").value(), (Bytes{0xfb, 0xff}));
  EXPECT_EQ(value.base64url_at("url").value(), (Bytes{0xfb, 0xff}));
  EXPECT_EQ(value.hex_at("hex").value(), (Bytes{0x00, 0xff}));
  EXPECT_EQ(value.hex_at("hex", 2).value(), (Bytes{0x00, 0xff}));
}

TEST(JsonValue, CheckedAccessRefusesAbsentMembersAndOtherTypes) {
  const Json value = sample();
  for (const char* key : {"zz", "i", "n", "o", "a"}) {
    expect_fault(value.string_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.base64_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.base64url_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.hex_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.boolean_at(key), Code::kMalformed, "json.member", key);
  }
  for (const char* key : {"zz", "s", "b", "n"}) {
    expect_fault(value.integer_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.object_at(key), Code::kMalformed, "json.member", key);
    expect_fault(value.array_at(key), Code::kMalformed, "json.member", key);
  }
  expect_fault(value.object_at("a"), Code::kMalformed, "json.member");
  expect_fault(value.array_at("o"), Code::kMalformed, "json.member");
  expect_fault(Json(1).string_at("s"), Code::kMalformed, "json.member");
}

TEST(JsonValue, BadEncodingsNameTheMember) {
  const Json value = sample();
  expect_fault(value.base64_at("url"), Code::kMalformed, "base64.malformed");
  expect_fault(value.base64url_at("b64"), Code::kMalformed, "base64.malformed");
  expect_fault(value.hex_at("s"), Code::kMalformed, "hex.malformed");
  expect_fault(value.hex_at("hex", 3), Code::kMalformed, "json.member");
  EXPECT_EQ(value.hex_at("s").error().text().substr(0, 3), "s: ");
}

TEST(JsonValue, UnknownMembersAreRefused) {
  const Json value = parse_json(R"({"a":1,"b":2})").value();
  EXPECT_TRUE(value.only_members({"a", "b", "c"}).ok());
  expect_fault(value.only_members({"a"}), Code::kMalformed, "json.unknown_member");
  expect_fault(value.only_members({}), Code::kMalformed, "json.unknown_member");
  expect_fault(Json(1).only_members({"a"}), Code::kMalformed, "json.unknown_member");
  EXPECT_TRUE(Json::object().only_members({}).ok());
}

TEST(JsonValue, UnknownMembersCannotSteerTerminals) {
  const Json value = parse_json(R"({"\u001b[2J\n\u0000":1})").value();
  EXPECT_EQ(value.only_members({}).error().text(), "unknown member ?[2J??");
}

TEST(JsonValueDeathTest, UncheckedAccessToAnotherTypeAborts) {
  EXPECT_DEATH((void)Json(1).string(), "is_string");
  EXPECT_DEATH((void)Json("x").integer(), "is_integer");
  EXPECT_DEATH((void)Json("x").number(), "is_double");
  EXPECT_DEATH((void)Json().members(), "is_object");
}

}  // namespace
}  // namespace claustrum::codec
