// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/rule.h"

#include <gtest/gtest.h>

namespace claustrum::policy {
namespace {

using codec::Json;

Json table(std::string_view key, Json value) {
  Json out = Json::object();
  out.set(key, std::move(value));
  return out;
}

Rule parsed(std::string_view key, Json value, ValueKind kind) {
  auto rule = parse_rule(table(key, std::move(value)), kind);
  EXPECT_TRUE(rule.ok());
  return rule.ok() ? *rule : Rule(OneOf{});
}

void expect_refused(const Json& rule, ValueKind kind) {
  const auto result = parse_rule(rule, kind);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kMalformed);
  EXPECT_EQ(result.error().reason(), "policy.rule");
}

TEST(Rule, ExactHoldsForTheSameTypeAndValueOnly) {
  const Rule rule = parsed("exact", Json(0), ValueKind::kInteger);
  const Json zero(0);
  const Json one(1);
  const Json text("0");
  const Json no(false);
  EXPECT_TRUE(holds(rule, &zero));
  EXPECT_FALSE(holds(rule, &one));
  EXPECT_FALSE(holds(rule, &text));
  EXPECT_FALSE(holds(rule, &no));
  EXPECT_FALSE(holds(rule, nullptr));
}

TEST(Rule, OneOfHoldsForAMemberAndAnEmptyListNever) {
  Json list = Json::array();
  list.push("Milan").push("Genoa");
  const Rule rule = parsed("one-of", list, ValueKind::kText);
  const Json milan("Milan");
  const Json turin("Turin");
  EXPECT_TRUE(holds(rule, &milan));
  EXPECT_FALSE(holds(rule, &turin));
  EXPECT_FALSE(holds(rule, nullptr));
  const Rule nothing = parsed("one-of", Json::array(), ValueKind::kText);
  EXPECT_FALSE(holds(nothing, &milan));
}

TEST(Rule, AtLeastHoldsFromItsNumberOn) {
  const Rule rule = parsed("at-least", Json(24), ValueKind::kInteger);
  const Json below(23);
  const Json same(24);
  const Json text("99");
  EXPECT_FALSE(holds(rule, &below));
  EXPECT_TRUE(holds(rule, &same));
  EXPECT_FALSE(holds(rule, &text));
  EXPECT_FALSE(holds(rule, nullptr));
}

TEST(Rule, AtLeastOfADateHoldsFromItsSecondOn) {
  const Rule rule = parsed("at-least", Json("2025-01-01T00:00:00Z"), ValueKind::kDate);
  const Json before("2024-12-31T23:59:59Z");
  const Json same("2025-01-01T00:00:00Z");
  const Json later("2100-01-01T00:00:00Z");
  const Json number(99);
  const Json word("later");
  EXPECT_FALSE(holds(rule, &before));
  EXPECT_TRUE(holds(rule, &same));
  EXPECT_TRUE(holds(rule, &later));
  EXPECT_FALSE(holds(rule, &number));
  EXPECT_FALSE(holds(rule, &word));
  EXPECT_FALSE(holds(rule, nullptr));
  EXPECT_EQ(describe(rule), "at least 2025-01-01T00:00:00Z");
}

TEST(Rule, ADateHasOneSpelling) {
  EXPECT_TRUE(parse_rule(table("exact", Json("2025-01-01T00:00:00Z")), ValueKind::kDate).ok());
  expect_refused(table("exact", Json("2025-01-01T01:00:00+01:00")), ValueKind::kDate);
  expect_refused(table("at-least", Json("2025-01-01")), ValueKind::kDate);
  expect_refused(table("at-least", Json(2025)), ValueKind::kDate);
  expect_refused(table("at-least", Json("2025-01-01T00:00:00Z")), ValueKind::kAny);
}

TEST(Rule, IgnoreHoldsForAnythingAndNothing) {
  const Rule rule = parsed("ignore", Json("the cloud picks"), ValueKind::kHex);
  const Json text("anything");
  EXPECT_TRUE(holds(rule, &text));
  EXPECT_TRUE(holds(rule, nullptr));
}

TEST(Rule, ShapeIsOneKnownMember) {
  expect_refused(Json(1), ValueKind::kInteger);
  expect_refused(Json::object(), ValueKind::kInteger);
  expect_refused(table("exactly", Json(1)), ValueKind::kInteger);
  expect_refused(table("ignore", Json("")), ValueKind::kInteger);
  expect_refused(table("ignore", Json(true)), ValueKind::kInteger);
  expect_refused(table("one-of", Json(1)), ValueKind::kInteger);
  Json two = table("exact", Json(1));
  two.set("ignore", "both");
  expect_refused(two, ValueKind::kInteger);
}

TEST(Rule, ValuesHaveTheTypeOfTheirField) {
  expect_refused(table("exact", Json(1)), ValueKind::kText);
  expect_refused(table("exact", Json("1")), ValueKind::kInteger);
  expect_refused(table("exact", Json("false")), ValueKind::kBoolean);
  expect_refused(table("at-least", Json(1)), ValueKind::kText);
  expect_refused(table("at-least", Json("1")), ValueKind::kInteger);
  Json mixed = Json::array();
  mixed.push("a").push(1);
  expect_refused(table("one-of", mixed), ValueKind::kText);
}

TEST(Rule, HexIsLowerCaseAndOfWholeBytes) {
  expect_refused(table("exact", Json("AB")), ValueKind::kHex);
  expect_refused(table("exact", Json("abc")), ValueKind::kHex);
  expect_refused(table("exact", Json("zz")), ValueKind::kHex);
  EXPECT_TRUE(parse_rule(table("exact", Json("ab09")), ValueKind::kHex).ok());
}

TEST(Rule, IsDescribedInWords) {
  Json list = Json::array();
  list.push("a").push("b");
  EXPECT_EQ(describe(parsed("exact", Json(false), ValueKind::kBoolean)), "exactly false");
  EXPECT_EQ(describe(parsed("one-of", list, ValueKind::kText)), "one of a, b");
  EXPECT_EQ(describe(parsed("one-of", Json::array(), ValueKind::kText)), "one of nothing");
  EXPECT_EQ(describe(parsed("at-least", Json(7), ValueKind::kInteger)), "at least 7");
  EXPECT_EQ(describe(parsed("ignore", Json("why"), ValueKind::kText)), "anything (why)");
}

}  // namespace
}  // namespace claustrum::policy
