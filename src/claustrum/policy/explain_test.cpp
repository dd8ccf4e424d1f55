// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/explain.h"

#include <gtest/gtest.h>

#include <sstream>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::good_claims;
using test::kInitDataText;
using test::kPolicyText;
using test::verification_of;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

Appraisal appraised(evidence::Claims claims, const std::string& policy_text) {
  const auto policy = Policy::parse(as_bytes(policy_text));
  EXPECT_TRUE(policy.ok());
  const evidence::Verification verification = verification_of(std::move(claims));
  AppraisalInput input;
  input.verification = &verification;
  input.now = kNow;
  input.init_data = as_bytes(kInitDataText);
  return appraise(*policy, input);
}

std::string simulated_policy() {
  return std::string(kPolicyText) + "[[simulated]]\nroot = \"" + std::string(64, 'b') +
         "\"\nreason = \"demo on one laptop\"\nuntil = \"2027-01-01T00:00:00Z\"\n";
}

TEST(Explain, ShowsAnAcceptedVerdict) {
  const std::string text =
      explain(appraised(good_claims(), std::string(kPolicyText)), Colour::kOff);
  EXPECT_TRUE(text.starts_with("ACCEPTED  amd-sev-snp  as of 2026-11-25T12:00:00Z\n")) << text;
  EXPECT_EQ(text.find("FAIL"), std::string::npos);
  EXPECT_EQ(text.find("SIMULATED"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Explain, ShowsWhatFailedAndWhatToDo) {
  evidence::Claims claims = good_claims();
  claims.debug = true;
  const std::string text = explain(appraised(claims, std::string(kPolicyText)), Colour::kOff);
  EXPECT_TRUE(text.starts_with("REFUSED")) << text;
  EXPECT_NE(text.find("FAIL         debug"), std::string::npos) << text;
  EXPECT_NE(text.find("expected  exactly false"), std::string::npos) << text;
  EXPECT_NE(text.find("reason    policy.debug"), std::string::npos) << text;
  EXPECT_NE(text.find("do        the host can read"), std::string::npos) << text;
}

TEST(Explain, NeverCutsTheAddressOfWhatToFetch) {
  const std::string address = "https://vendor.example/" + std::string(200, 'a') + "?spl=1";
  evidence::Factors factors;
  factors.fail("collateral", "test.missing", "a certificate", "none", "fetch " + address);
  VerdictView view;
  view.factors = &factors;
  EXPECT_NE(explain(view, Colour::kOff).find(address), std::string::npos);
}

TEST(Explain, ASimulatedRootCannotBeMissed) {
  evidence::Claims claims = good_claims();
  claims.simulated = true;
  const std::string text = explain(appraised(claims, simulated_policy()), Colour::kOff);
  EXPECT_TRUE(text.starts_with("*** SIMULATED: NO PROTECTION ***\nACCEPTED")) << text;
  EXPECT_TRUE(text.ends_with("*** SIMULATED: NO PROTECTION ***\n")) << text;
  EXPECT_NE(text.find("waived       simulated"), std::string::npos) << text;
}

TEST(Explain, LinesStayOnAScreenAndCarryNoControlBytes) {
  evidence::Claims claims = good_claims();
  claims.product = "Mi\x1b[2Jlan\n\xc2\x9b" + std::string(300, 'x');
  const std::string text = explain(appraised(claims, std::string(kPolicyText)), Colour::kOff);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(Explain, ColoursOnlyWhenAsked) {
  const std::string text = explain(appraised(good_claims(), std::string(kPolicyText)), Colour::kOn);
  EXPECT_NE(text.find("\x1b[32m"), std::string::npos);
}

TEST(Explain, UnverifiedClaimsAreNeverClaims) {
  const evidence::Claims claims = good_claims();
  VerdictView view;
  view.unverified_claims = &claims;
  EXPECT_TRUE(verdict_json(view).find("claims")->is_null());
  EXPECT_EQ(verdict_json(view).find("unverified_claims")->find("measurements")->members().size(),
            claims.measurements.size());
  view.claims = &claims;
  EXPECT_EQ(verdict_json(view).find("unverified_claims"), nullptr);
  EXPECT_FALSE(verdict_json(view).find("claims")->is_null());
}

TEST(Explain, JsonHasTheMembersOfTheContract) {
  evidence::Claims claims = good_claims();
  claims.simulated = true;
  claims.debug = true;
  const codec::Json json = verdict_json(appraised(claims, simulated_policy()));
  EXPECT_TRUE(json.only_members(
                      {"verdict", "platform", "simulated", "time", "factors", "claims", "waivers"})
                  .ok());
  EXPECT_EQ(*json.string_at("verdict"), "refused");
  EXPECT_EQ(*json.string_at("platform"), "amd-sev-snp");
  EXPECT_EQ(*json.boolean_at("simulated"), true);
  EXPECT_EQ(*json.string_at("time"), "2026-11-25T12:00:00Z");
  EXPECT_EQ(json.find("claims")->find("measurements")->find("measurement")->string(),
            std::string(96, 'a'));
  EXPECT_EQ(json.find("waivers")->items().size(), 1U);
  bool seen = false;
  for (const codec::Json& factor : json.find("factors")->items()) {
    if (*factor.string_at("id") == "debug") {
      seen = true;
      EXPECT_EQ(*factor.string_at("status"), "fail");
      EXPECT_EQ(*factor.string_at("reason"), "policy.debug");
    }
  }
  EXPECT_TRUE(seen);
}

TEST(Explain, VerdictsHaveTheExitCodesOfTheContract) {
  EXPECT_EQ(exit_code(Verdict::kAccepted), 0);
  EXPECT_EQ(exit_code(Verdict::kRefused), 10);
  EXPECT_EQ(exit_code(Verdict::kUnsupported), 20);
  EXPECT_EQ(exit_code(Verdict::kMalformed), 30);
  const auto policy = Policy::parse(as_bytes(kPolicyText));
  evidence::Verification verification;
  AppraisalInput input;
  input.verification = &verification;
  EXPECT_EQ(verdict_of(appraise(*policy, input)), Verdict::kRefused);
  verification.unsupported = true;
  EXPECT_EQ(verdict_of(appraise(*policy, input)), Verdict::kUnsupported);
  verification.malformed = true;
  EXPECT_EQ(verdict_of(appraise(*policy, input)), Verdict::kMalformed);
}

TEST(Explain, APolicyInWords) {
  const auto policy = Policy::parse(as_bytes(simulated_policy()));
  ASSERT_TRUE(policy.ok());
  const std::string text = explain_policy(*policy);
  EXPECT_NE(text.find("policy test"), std::string::npos) << text;
  EXPECT_NE(text.find("SIMULATED: NO PROTECTION"), std::string::npos) << text;
  EXPECT_NE(text.find("Milan snp                 must be at least 24"), std::string::npos) << text;
  EXPECT_NE(text.find("role                      must be exactly serve"), std::string::npos)
      << text;
  const auto empty = Policy::parse({});
  EXPECT_NE(explain_policy(*empty).find("INCOMPLETE, denies everything"), std::string::npos);
}

}  // namespace
}  // namespace claustrum::policy
