// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "claustrum/policy/policy.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText2;
using test::replaced;

void expect_refused(const std::string& text, std::string_view reason) {
  const auto policy = Policy::parse(as_bytes(text));
  ASSERT_FALSE(policy.ok()) << text;
  EXPECT_EQ(policy.error().code(), Code::kMalformed) << policy.error().message();
  EXPECT_EQ(policy.error().reason(), reason) << policy.error().message();
}

std::string with(std::string_view extra) {
  return std::string(kPolicyText2) + std::string(extra);
}

std::string section(std::string_view lines) {
  return "version = 2\n[platform.intel-tdx]\n" + std::string(lines);
}

TEST(PlatformParser, ReadsSections) {
  const auto policy = Policy::parse(as_bytes(kPolicyText2));
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_EQ(policy->version(), 2);
  EXPECT_EQ(policy->missing(), std::vector<std::string>());
  ASSERT_EQ(policy->platforms().size(), 2U);
  const PlatformRules& tdx = policy->platforms().at("intel-tdx");
  EXPECT_EQ(tdx.advisories.size(), 1U);
  EXPECT_EQ(tdx.measurements.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<AtLeastDate>(*tdx.tcb_date));
  EXPECT_FALSE(policy->rules().platform.has_value());
}

TEST(PlatformParser, RefusesUnknownMembersEverywhere) {
  const std::string_view reason = "policy.unknown_member";
  expect_refused(section("debugg = { exact = false }\n"), reason);
  expect_refused(section("vmpl = { exact = 0 }\n"), reason);
  expect_refused("version = 2\nmeasurement = { exact = \"aa\" }\n", reason);
  expect_refused("version = 2\ntcb = { ignore = \"r\" }\n", reason);
  expect_refused("version = 1\n[platform.intel-tdx]\ndebug = { exact = false }\n", "policy.rule");
  expect_refused(section("[[platform.intel-tdx.advisory]]\nids = \"a\"\n"), reason);
}

TEST(PlatformParser, PlatformIsATableOfTables) {
  expect_refused("version = 2\nplatform = { exact = \"intel-tdx\" }\n", "policy.platform");
  expect_refused("version = 2\nplatform = 1\n", "policy.platform");
  expect_refused("version = 2\n[platform.\"\"]\n", "policy.platform");
  expect_refused("version = 2\n[platform.\"a b\"]\n", "policy.platform");
  std::string many = "version = 2\n";
  for (int i = 0; i < 65; ++i) {
    many += "[platform.p" + std::to_string(i) + "]\n";
  }
  expect_refused(many, "policy.platform");
}

TEST(PlatformParser, EachMemberHasOneType) {
  for (const char* line : {"product = { exact = 1 }",
                           "provider = { exact = 1 }",
                           "debug = { exact = \"false\" }",
                           "migration = { exact = 0 }",
                           "privilege-level = { exact = \"0\" }",
                           "hardware-id = { exact = \"CC\" }",
                           "tcb-status = { at-least = 1 }",
                           "tcb-date = { at-least = 2025 }",
                           "tcb-date = { at-least = \"2025-01-01\" }",
                           "tcb-date = { at-least = \"2025-01-01T00:00:00+00:00\" }",
                           "tcb-date = { exact = \"2025-01-01T00:00:00.0Z\" }",
                           "evaluation-number = { at-least = \"17\" }",
                           "measurements.mr_td = { exact = \"AA\" }",
                           "measurements = { ignore = \"all of them\" }",
                           "measurements = 1",
                           "claims = 1",
                           "claims.policy.smt = { exact = false }",
                           "tcb.any = 1",
                           "tcb = { ignore = \"r\", Milan = {} }",
                           "claims.x = { at-least = \"2025-01-01T00:00:00Z\" }"}) {
    expect_refused(section(std::string(line) + "\n"), "policy.rule");
  }
}

TEST(PlatformParser, NamesArePrintableAndPathsHaveNoEmptySteps) {
  for (const char* line :
       {"measurements.\"\" = { exact = \"aa\" }", "measurements.\"a\\u001b\" = { exact = \"aa\" }",
        "claims.\"\" = { exact = 1 }", "claims.\".a\" = { exact = 1 }",
        "claims.\"a.\" = { exact = 1 }", "claims.\"a..b\" = { exact = 1 }",
        "claims.\"a b\" = { exact = 1 }", "tcb.\"\".snp = { at-least = 1 }",
        "tcb.any.\"a b\" = { at-least = 1 }", "tcb.Milan.snp = { at-least = 1 }",
        "tcb.00806F050000.pcesvn = { at-least = 1 }"}) {
    expect_refused(section(std::string(line) + "\n"), "policy.name");
  }
  expect_refused(section("measurements." + std::string(129, 'a') + " = { exact = \"aa\" }\n"),
                 "policy.name");
}

TEST(PlatformParser, AnAdvisoryHasIdReasonAndDateOnce) {
  const std::string good =
      "[[platform.intel-tdx.advisory]]\nid = \"A\"\nreason = \"r\"\n"
      "until = \"2030-01-01T00:00:00Z\"\n";
  ASSERT_TRUE(Policy::parse(as_bytes(section(good))).ok());
  expect_refused(section(good + good), "policy.advisory");
  expect_refused(section(replaced(good, "\"A\"", "\"A B\"")), "policy.advisory");
  expect_refused(section(replaced(good, "\"A\"", "\"\"")), "policy.text");
  expect_refused(section(replaced(good, "reason = \"r\"\n", "")), "json.member");
  expect_refused(section(replaced(good, "until = \"2030-01-01T00:00:00Z\"\n", "")), "json.member");
  expect_refused(section("advisory = 1\n"), "policy.list");
}

TEST(PlatformParser, AThingIsSaidOnce) {
  const std::string waiver =
      "[[waive]]\nfactor = \"tcb-date\"\nreason = \"r\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
  ASSERT_TRUE(Policy::parse(as_bytes(with(waiver))).ok());
  expect_refused(with(waiver + waiver), "policy.waiver");
  const std::string root = "[[simulated]]\nroot = \"" + std::string(64, 'b') +
                           "\"\nreason = \"r\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
  ASSERT_TRUE(Policy::parse(as_bytes(with(root))).ok());
  expect_refused(with(root + root), "policy.simulated");
}

TEST(PlatformParser, RefusesAWaiverOfAuthenticity) {
  for (const char* factor :
       {"signature", "chain", "root", "validity", "product", "provider", "privilege-level", "vmpl",
        "nonce", "init-data", "init-data-digest", "platform", "policy-complete", "simulated",
        "advisories", "measurement", "chip-id", "anything-new"}) {
    expect_refused(with("[[waive]]\nfactor = \"" + std::string(factor) +
                        "\"\nreason = \"r\"\nuntil = \"2030-01-01T00:00:00Z\"\n"),
                   "policy.waiver");
  }
  for (const char* factor : {"hardware-id", "tcb-status", "tcb-date", "evaluation-number",
                             "measurement.mr_td", "claim.td_attributes", "tcb.pcesvn"}) {
    EXPECT_TRUE(is_waivable(factor, 2)) << factor;
    EXPECT_EQ(is_waivable(factor, 1), std::string_view(factor).starts_with("tcb.")) << factor;
  }
}

TEST(PlatformParser, EveryPrefixFailsOrIsStillAPolicy) {
  for (std::size_t size = 0; size < kPolicyText2.size(); ++size) {
    const auto policy = Policy::parse(as_bytes(kPolicyText2.substr(0, size)));
    if (policy.ok()) {
      EXPECT_EQ(policy->text().size(), size);
    }
  }
}

}  // namespace
}  // namespace claustrum::policy
