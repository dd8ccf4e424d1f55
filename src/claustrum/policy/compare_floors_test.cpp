// SPDX-License-Identifier: Apache-2.0
// Floors in a policy: what the verifier is given, what a change of them means, what is said.
#include <gtest/gtest.h>

#include "claustrum/policy/check.h"
#include "claustrum/policy/compare.h"
#include "claustrum/policy/explain.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText2;
using test::replaced;

const std::string kRoot(64, 'a');

Policy parsed(const std::string& text) {
  auto policy = Policy::parse(as_bytes(text));
  EXPECT_TRUE(policy.ok()) << policy.error().message() << "\n" << text;
  return *policy;
}

Policy with(std::string_view lines) {
  return parsed(std::string(kPolicyText2) + "[[floor]]\nissuer = \"" + kRoot +
                "\"\ncrl-this-update = \"2026-01-01T00:00:00Z\"\n" + std::string(lines));
}

void expect_change(const Policy& before, const Policy& after, Change change,
                   std::string_view where) {
  const std::vector<Difference> found = compare(before, after);
  ASSERT_EQ(found.size(), 1U) << explain(found);
  EXPECT_EQ(found.front().change, change) << explain(found);
  EXPECT_EQ(found.front().where, where);
}

TEST(PolicyFloors, AreGivenToTheVerifier) {
  const Policy policy = with("evaluation-number = 17\ntcb-date = \"2025-01-01T00:00:00Z\"\n");
  const evidence::Floors floors = policy.floors();
  EXPECT_TRUE(floors.have_source);
  EXPECT_EQ(floors.evaluation_data_number.at(kRoot), 17);
  EXPECT_EQ(floors.tcb_date.at(kRoot), *parse_rfc3339("2025-01-01T00:00:00Z"));
  EXPECT_EQ(floors.crl_this_update.size(), 1U);
  EXPECT_TRUE(with("").floors().evaluation_data_number.empty());
}

TEST(PolicyFloors, NameSomething) {
  const std::string floor = "version = 2\n[[floor]]\nissuer = \"" + kRoot + "\"\n";
  const auto nothing = Policy::parse(as_bytes(floor));
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().reason(), "policy.floor");
  EXPECT_TRUE(Policy::parse(as_bytes(floor + "evaluation-number = 17\n")).ok());
  // Version 1 knows lists of revocations only.
  const auto old = Policy::parse(
      as_bytes(replaced(floor, "version = 2", "version = 1") + "evaluation-number = 17\n"));
  ASSERT_FALSE(old.ok());
  EXPECT_EQ(old.error().reason(), "policy.unknown_member");
  EXPECT_FALSE(Policy::parse(as_bytes(replaced(floor, "version = 2", "version = 1"))).ok());
}

TEST(PolicyFloors, OfEditionAndDateAreDemands) {
  const std::string edition = "floor." + kRoot + ".evaluation-number";
  const std::string date = "floor." + kRoot + ".tcb-date";
  const Policy none = with("");
  const Policy low = with("evaluation-number = 17\n");
  const Policy high = with("evaluation-number = 18\n");
  expect_change(none, low, Change::kNarrower, edition);
  expect_change(low, none, Change::kWider, edition);
  expect_change(low, high, Change::kNarrower, edition);
  expect_change(high, low, Change::kWider, edition);
  const Policy early = with("tcb-date = \"2024-01-01T00:00:00Z\"\n");
  const Policy late = with("tcb-date = \"2025-01-01T00:00:00Z\"\n");
  expect_change(none, early, Change::kNarrower, date);
  expect_change(late, none, Change::kWider, date);
  expect_change(late, early, Change::kWider, date);
  expect_change(early, late, Change::kNarrower, date);
  EXPECT_TRUE(compare(late, late).empty());
}

TEST(PolicyFloors, AreSaidInWords) {
  const std::string text =
      explain_policy(with("evaluation-number = 17\ntcb-date = \"2025-01-01T00:00:00Z\"\n"));
  EXPECT_NE(text.find("revocation list           2026-01-01T00:00:00Z, of " + kRoot),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("vendor's list, edition    17, under root " + kRoot), std::string::npos)
      << text;
  EXPECT_NE(text.find("firmware current at       2025-01-01T00:00:00Z, under root " + kRoot),
            std::string::npos)
      << text;
}

TEST(PolicyFloors, StandInForARuleAboutTheEdition) {
  const auto found = [](const Policy& policy) {
    const auto findings = check_policy(policy, *parse_rfc3339("2026-11-25T12:00:00Z"));
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.id == "old-list"; });
  };
  const auto open = [](std::string_view lines) {
    return parsed(replaced(
        replaced(with(lines).text(), "tcb-date = { at-least = \"2025-01-01T00:00:00Z\" }",
                 "tcb-date = { ignore = \"r\" }"),
        "evaluation-number = { at-least = 17 }", "evaluation-number = { ignore = \"r\" }"));
  };
  EXPECT_TRUE(found(open("")));
  EXPECT_FALSE(found(open("evaluation-number = 17\n")));
}

}  // namespace
}  // namespace claustrum::policy
