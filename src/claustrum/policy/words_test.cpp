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
