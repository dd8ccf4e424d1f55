// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/policy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "claustrum/policy/explain.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText;
using test::replaced;

void expect_refused(const std::string& text, Code code, std::string_view reason) {
  const auto policy = Policy::parse(as_bytes(text));
  ASSERT_FALSE(policy.ok()) << text;
  EXPECT_EQ(policy.error().code(), code) << policy.error().message();
  EXPECT_EQ(policy.error().reason(), reason) << policy.error().message();
}

std::string with(std::string_view extra) {
  return std::string(kPolicyText) + std::string(extra);
}

TEST(Policy, ACompleteTextHasNothingMissing) {
  const auto policy = Policy::parse(as_bytes(kPolicyText));
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_TRUE(policy->missing().empty());
  EXPECT_EQ(policy->name(), "test");
  EXPECT_EQ(policy->text(), kPolicyText);
  EXPECT_EQ(policy->digest(), crypto::sha256(as_bytes(kPolicyText)));
}

TEST(Policy, AnEmptyTextParsesAndMissesEverything) {
  const auto policy = Policy::parse({});
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_EQ(policy->missing().size(), 11U);
  EXPECT_FALSE(policy->floors().have_source);
  EXPECT_TRUE(policy->trusted_roots(Instant{0}).empty());
}

TEST(Policy, RefusesUnknownMembersEverywhere) {
  const std::string_view reason = "policy.unknown_member";
  expect_refused("debugg = { exact = false }\n", Code::kMalformed, reason);
  expect_refused("[init-data]\ndigests = { exact = \"00\" }\n", Code::kMalformed, reason);
  expect_refused(with("[[floor]]\nissuers = \"00\"\n"), Code::kMalformed, reason);
  expect_refused(with("[[simulated]]\nroots = \"00\"\n"), Code::kMalformed, reason);
  expect_refused(with("[[waive]]\nfactors = \"00\"\n"), Code::kMalformed, reason);
}

TEST(Policy, RefusesAnotherVersion) {
  expect_refused("version = 3\n", Code::kUnsupported, "policy.version");
  expect_refused("version = \"1\"\n", Code::kUnsupported, "policy.version");
}

TEST(Policy, RefusesAWaiverOfAuthenticity) {
  for (const char* factor : {"format",
                             "collateral",
                             "chain",
                             "root",
                             "validity",
                             "signing-key",
                             "signature",
                             "tcb-binding",
                             "chip-binding",
                             "product",
                             "nonce",
                             "binding",
                             "keys",
                             "init-data-digest",
                             "init-data.role",
                             "simulated",
                             "policy-complete",
                             "vmpl",
                             "guest-policy",
                             "document",
                             "profile",
                             "anything-new"}) {
    expect_refused(with("[[waive]]\nfactor = \"" + std::string(factor) +
                        "\"\nreason = \"r\"\nuntil = \"2030-01-01T00:00:00Z\"\n"),
                   Code::kMalformed, "policy.waiver");
  }
}

TEST(Policy, AWaiverNeedsReasonAndDate) {
  expect_refused(with("[[waive]]\nfactor = \"debug\"\nuntil = \"2030-01-01T00:00:00Z\"\n"),
                 Code::kMalformed, "json.member");
  expect_refused(with("[[waive]]\nfactor = \"debug\"\nreason = \"\"\n"
                      "until = \"2030-01-01T00:00:00Z\"\n"),
                 Code::kMalformed, "policy.text");
  expect_refused(with("[[waive]]\nfactor = \"debug\"\nreason = \"r\"\n"), Code::kMalformed,
                 "json.member");
}

TEST(Policy, RefusesTwoFloorsForOneIssuer) {
  const std::string floor = "[[floor]]\nissuer = \"" + std::string(64, 'a') +
                            "\"\ncrl-this-update = \"2026-01-01T00:00:00Z\"\n";
  ASSERT_TRUE(Policy::parse(as_bytes(with(floor))).ok());
  expect_refused(with(floor + floor), Code::kMalformed, "policy.floor");
}

TEST(Policy, GivesFloorsAndSimulatedRootsUntilTheirDate) {
  const auto policy = Policy::parse(as_bytes(
      with("[[floor]]\nissuer = \"" + std::string(64, 'a') +
           "\"\ncrl-this-update = \"2026-01-01T00:00:00Z\"\n[[simulated]]\nroot = \"" +
           std::string(64, 'b') + "\"\nreason = \"demo\"\nuntil = \"2026-06-01T00:00:00Z\"\n")));
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  EXPECT_TRUE(policy->floors().have_source);
  EXPECT_EQ(policy->floors().crl_this_update.at(std::string(64, 'a')),
            *parse_rfc3339("2026-01-01T00:00:00Z"));
  const Instant until = *parse_rfc3339("2026-06-01T00:00:00Z");
  ASSERT_EQ(policy->trusted_roots(until).size(), 1U);
  EXPECT_TRUE(policy->trusted_roots(until).front().simulated);
  EXPECT_EQ(policy->trusted_roots(until).front().spki_sha256, Bytes(32, 0xbb));
  EXPECT_TRUE(policy->trusted_roots(until + 1).empty());
}

TEST(Policy, RefusesWrongShapes) {
  expect_refused("name = \"\"\n", Code::kMalformed, "policy.text");
  expect_refused("tcb = 1\n", Code::kMalformed, "policy.rule");
  expect_refused("[tcb]\nMilan = 1\n", Code::kMalformed, "policy.rule");
  expect_refused("[tcb.Milan]\nsnp = { exact = \"24\" }\n", Code::kMalformed, "policy.rule");
  expect_refused("tcb = { ignore = \"r\", Milan = {} }\n", Code::kMalformed, "policy.rule");
  expect_refused("floor = 1\n", Code::kMalformed, "policy.list");
  expect_refused("forbid-not-offered = [1]\n", Code::kMalformed, "policy.list");
  expect_refused("measurement = { exact = \"ABCD\" }\n", Code::kMalformed, "policy.rule");
  expect_refused("[init-data]\nfields = 1\n", Code::kMalformed, "policy.rule");
}

TEST(Policy, EveryPrefixFailsOrIsStillAPolicy) {
  const std::string text = with(
      "[[waive]]\nfactor = \"debug\"\nreason = \"r\"\n"
      "until = \"2030-01-01T00:00:00Z\"\n");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto policy = Policy::parse(as_bytes(std::string_view(text).substr(0, size)));
    if (policy.ok()) {
      EXPECT_EQ(policy->text().size(), size);
    }
  }
}

// The page and the parser cannot drift: its examples are policies, one a version.
TEST(Policy, TheExamplesOfTheFormatPageParse) {
  std::ifstream file(std::string(CLAUSTRUM_SOURCE_DIR) + "/docs/formats/policy.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string page = content.str();
  int version = 2;
  // Blocks that begin otherwise are parts.
  constexpr std::string_view kBegin = "```toml\nversion = ";
  for (std::size_t begin = page.find(kBegin); begin != std::string::npos; --version) {
    const std::size_t end = page.find("```", begin + 8);
    std::string text = page.substr(begin + 8, end - begin - 8);
    text = replaced(text, "<96 hex digits>", std::string(96, '0'));
    text = replaced(text, "<64 hex digits>", std::string(64, '1'));
    const auto policy = Policy::parse(as_bytes(text));
    ASSERT_TRUE(policy.ok()) << policy.error().message();
    EXPECT_EQ(policy->version(), version);
    EXPECT_EQ(policy->missing(), std::vector<std::string>());
    EXPECT_EQ(policy->waivers().size(), 1U);
    EXPECT_EQ(policy->simulated().size(), 1U);
    EXPECT_EQ(policy->floor_list().size(), 1U);
    const ProductRules& tcb =
        version == 1 ? policy->rules().tcb : policy->platforms().at("amd-sev-snp").tcb;
    EXPECT_EQ(tcb.at("Milan").size(), 4U);
    begin = page.find(kBegin, end);
  }
  EXPECT_EQ(version, 0);
}

}  // namespace
}  // namespace claustrum::policy
