// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "claustrum/policy/explain.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText;
using test::kPolicyText2;
using test::replaced;

std::string words(const std::string& text) {
  const auto policy = Policy::parse(as_bytes(text));
  EXPECT_TRUE(policy.ok()) << policy.error().message();
  return explain_policy(*policy);
}

void expect_says(const std::string& text, std::string_view sentence) {
  EXPECT_NE(text.find(sentence), std::string::npos) << sentence << "\n" << text;
}

TEST(Words, SayEachRuleAsASentence) {
  const std::string text = words(std::string(kPolicyText2));
  expect_says(text, "accepts                   amd-sev-snp, intel-tdx; all else is refused");
  expect_says(text, "debug access              must be off");
  expect_says(text,
              "signed by                 must be the chip's own key, vouched for by its maker");
  expect_says(text, "vendor's verdict          must be one of UpToDate, SWHardeningNeeded");
  expect_says(text, "Revoked is always refused");
  expect_says(text, "worth it since            must be at least 2025-01-01T00:00:00Z");
  expect_says(text,
              "ACCEPTS ADVISORY          INTEL-SA-00001 until 2026-12-31T00:00:00Z: no neighbours");
  expect_says(text, "measured rtmr0            not judged: firmware configuration");
  expect_says(text, "security versions         not judged: judged by tcb-status");
  expect_says(text, "Milan snp                 must be at least 24");
  expect_says(text, "other products are refused");
  expect_says(text, "no floor");
}

TEST(Words, LongListsStandOnLinesOfTheirOwn) {
  const std::string text = words(replaced(
      std::string(kPolicyText2), "mr_td = { exact = \"aaaa\" }",
      "mr_td = { one-of = [\"" + std::string(96, 'a') + "\", \"" + std::string(96, 'b') + "\"] }"));
  expect_says(text, "must be one of\n");
  expect_says(text, std::string(96, 'a') + "\n");
}

TEST(Words, SayBitsByName) {
  const std::string rule = "claims.\"td_attributes\" = { exact = \"0000001000000000\" }";
  expect_says(
      words(replaced(std::string(kPolicyText2), rule,
                     "claims.\"td_attributes\" = { set = [\"SEPT_VE_DISABLE\"], "
                     "clear = [\"DEBUG\"], ignore = \"the cloud's\" }")),
      "td_attributes             must have SEPT_VE_DISABLE set; DEBUG clear; other bits free "
      "(the cloud's)");
  expect_says(words(replaced(std::string(kPolicyText2), rule,
                             "claims.\"td_attributes\" = { set = [28], clear = \"rest\" }")),
              "td_attributes             must have SEPT_VE_DISABLE set, every other bit clear");
}

TEST(Words, SayListsOfComponentsAsOne) {
  const auto with = [](std::string_view list) {
    return words(replaced(std::string(kPolicyText2), "tcb = { ignore = \"judged by tcb-status\" }",
                          "tcb.00806f050000.pcesvn = { at-least = 11 }\n"
                          "tcb.00806f050000.sgxtcbcomponents = " +
                              std::string(list)));
  };
  expect_says(
      with("{ at-least = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] }"),
      "00806f050000 sgxtcbcomp 1-16 must be at least 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
  expect_says(with("{ exact = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] }"),
              "must be exactly 1 2 3 4");
  expect_says(with("{ ignore = \"judged by tcb-status\" }"), "not judged: judged by tcb-status");
  expect_says(with("{ ignore = \"r\" }"), "a version without a floor is refused");
}

TEST(Words, SayThatAProgramNobodyNamesDenies) {
  expect_says(words(replaced(std::string(kPolicyText2), "mr_td = { exact = \"aaaa\" }",
                             "mr_td = { ignore = \"r\" }")),
              "DENIES                    every program would do: nothing but ignore for mr_td");
}

TEST(Words, SayWhatIsMissing) {
  expect_says(words(""), "INCOMPLETE, denies everything. No rule for: version name platform");
  expect_says(words("version = 2\n"), "accepts                   nothing");
}

TEST(Words, Version1ReadsAlike) {
  const std::string text = words(std::string(kPolicyText));
  expect_says(text, "accepts                   amd-sev-snp; all else is refused");
  expect_says(text, "privilege level           must be exactly 0");
  EXPECT_EQ(text.find("any other measurement"), std::string::npos);
  expect_says(words(replaced(std::string(kPolicyText), "{ exact = \"amd-sev-snp\" }",
                             "{ ignore = \"r\" }")),
              "any platform");
}

TEST(Words, CarryNoControlBytes) {
  const std::string text = words(
      replaced(std::string(kPolicyText2), "firmware configuration", "a\\u001b[2Jb\\u009bc\\nd"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find("\nd"), std::string::npos);
}

}  // namespace
}  // namespace claustrum::policy
