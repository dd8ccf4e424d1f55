// SPDX-License-Identifier: Apache-2.0
// What a policy names that is not there, and what is open although it looks named.
#include <gtest/gtest.h>

#include <algorithm>

#include "claustrum/policy/check.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText2;
using test::replaced;

std::vector<Finding> findings(const std::string& text) {
  const auto policy = Policy::parse(as_bytes(text));
  EXPECT_TRUE(policy.ok()) << policy.error().message();
  return check_policy(*policy, *parse_rfc3339("2026-11-25T12:00:00Z"));
}

void expect_says(const std::string& text, Weight weight, std::string_view id,
                 std::string_view where) {
  const auto found = findings(text);
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const Finding& finding) {
    return finding.weight == weight && finding.id == id && finding.where == where &&
           !finding.text.empty();
  })) << explain(found, {});
}

void expect_silent(const std::string& text, std::string_view id) {
  const auto found = findings(text);
  EXPECT_TRUE(std::none_of(found.begin(), found.end(), [&](const Finding& finding) {
    return finding.id == id;
  })) << explain(found, {});
}

std::string changed(std::string_view from, std::string_view to) {
  std::string out = replaced(std::string(kPolicyText2), from, to);
  EXPECT_NE(out, kPolicyText2) << from;
  return out;
}

TEST(CheckNames, FindsWordsNoVendorUses) {
  const Weight weight = Weight::kUnreachable;
  expect_says(changed("[\"Milan\", \"Genoa\"]", "[\"Milan\", \"genoa\"]"), weight,
              "unknown-product", "platform.amd-sev-snp.product");
  expect_says(changed("\"SWHardeningNeeded\"]", "\"swhardeningneeded\"]"), weight, "unknown-status",
              "platform.intel-tdx.tcb-status");
  expect_says(changed("INTEL-SA-00001", "intel-sa-00001"), weight, "unknown-advisory",
              "platform.intel-tdx.advisory.intel-sa-00001");
  expect_says(changed("INTEL-SA-00001", "INTEL-SA-1"), weight, "unknown-advisory",
              "platform.intel-tdx.advisory.INTEL-SA-1");
  expect_says(changed("measurements.rtmr0 = { ignore = \"firmware configuration\" }",
                      "measurements.rtmr4 = { exact = \"aa\" }"),
              weight, "unknown-measurement", "platform.intel-tdx.measurements.rtmr4");
  expect_says(std::string(kPolicyText2), weight, "wrong-length", "platform.intel-tdx.hardware-id");
  expect_says(changed("[init-data]",
                      "[[platform.amd-sev-snp.advisory]]\nid = \"AMD-SB-3019\"\nreason = \"r\"\n"
                      "until = \"2026-12-01T00:00:00Z\"\n[init-data]"),
              weight, "never-attested", "platform.amd-sev-snp.advisory.AMD-SB-3019");
  expect_silent(std::string(kPolicyText2), "unknown-product");
  expect_silent(std::string(kPolicyText2), "unknown-status");
  expect_silent(std::string(kPolicyText2), "unknown-advisory");
  expect_silent(std::string(kPolicyText2), "unknown-measurement");
}

TEST(CheckNames, SaysThatNoLaunchDataIsAskedFor) {
  expect_says(changed("digest = { exact = \"" + std::string(64, '1') + "\" }",
                      "digest = { one-of = [\"" + std::string(64, '1') + "\", \"" +
                          std::string(64, '0') + "\"] }"),
              Weight::kNote, "no-launch-data", "init-data.digest");
  expect_silent(std::string(kPolicyText2), "no-launch-data");
}

TEST(CheckNames, FindsAProgramThatIsOpen) {
  expect_says(changed("mr_td = { exact = \"aaaa\" }", "mr_td = { ignore = \"r\" }"),
              Weight::kUnreachable, "program-open", "platform.intel-tdx.measurements");
  expect_silent(std::string(kPolicyText2), "program-open");
}

TEST(CheckNames, ASignerAloneIsADanger) {
  const std::string text = replaced(
      replaced(replaced(std::string(kPolicyText2), "platform.intel-tdx", "platform.intel-sgx"),
               "mr_td = { exact = \"aaaa\" }", "mr_enclave = { ignore = \"r\" }"),
      "rtmr0 = { ignore = \"firmware configuration\" }", "mr_signer = { exact = \"aa\" }");
  expect_says(text, Weight::kDanger, "any-product-of-signer",
              "platform.intel-sgx.claims.isv_prod_id");
  expect_says(text, Weight::kDanger, "any-version-of-signer", "platform.intel-sgx.claims.isv_svn");
  const std::string named = replaced(text, "claims.\"td_attributes\"",
                                     "claims.isv_prod_id = { exact = 1 }\n"
                                     "claims.isv_svn = { at-least = 3 }\nclaims.\"td_attributes\"");
  expect_silent(named, "any-product-of-signer");
  expect_silent(named, "any-version-of-signer");
  expect_silent(
      replaced(text, "mr_enclave = { ignore = \"r\" }", "mr_enclave = { exact = \"aa\" }"),
      "any-product-of-signer");
}

TEST(CheckNames, SaysWhichBitsAreFree) {
  const std::string rule = "claims.\"td_attributes\" = { exact = \"0000001000000000\" }";
  expect_says(changed(rule,
                      "claims.\"td_attributes\" = { set = [\"SEPT_VE_DISABLE\"], "
                      "clear = [\"DEBUG\"], ignore = \"r\" }"),
              Weight::kNote, "free-bits", "platform.intel-tdx.claims.td_attributes");
  expect_silent(changed(rule, "claims.\"td_attributes\" = { set = [28], clear = \"rest\" }"),
                "free-bits");
  expect_says(changed(rule, ""), Weight::kNote, "attributes-open",
              "platform.intel-tdx.claims.td_attributes");
}

}  // namespace
}  // namespace claustrum::policy
