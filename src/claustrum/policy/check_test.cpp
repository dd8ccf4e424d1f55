// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/check.h"

#include <gtest/gtest.h>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kPolicyText;
using test::kPolicyText2;
using test::replaced;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

// A policy of which nothing but notes is said.
std::string sound() {
  std::string text(kPolicyText2);
  text = replaced(text, "mr_td = { exact = \"aaaa\" }",
                  "mr_td = { exact = \"" + std::string(96, 'a') +
                      "\" }\nmeasurements.rtmr1 = { exact = \"" + std::string(96, 'b') +
                      "\" }\nmeasurements.rtmr2 = { exact = \"" + std::string(96, 'c') + "\" }");
  text = replaced(text, "[\"Milan\", \"Genoa\"]", "[\"Milan\"]");
  text = replaced(text, "hardware-id = { exact = \"cccc\" }\nmeasurements",
                  "hardware-id = { exact = \"" + std::string(128, 'c') + "\" }\nmeasurements");
  text = replaced(text, "hardware-id = { exact = \"cccc\" }",
                  "hardware-id = { exact = \"" + std::string(32, 'c') + "\" }");
  return text + "[[floor]]\nissuer = \"" + std::string(64, 'a') +
         "\"\ncrl-this-update = \"2026-11-01T00:00:00Z\"\n";
}

std::vector<Finding> findings(const std::string& text) {
  const auto policy = Policy::parse(as_bytes(text));
  EXPECT_TRUE(policy.ok()) << policy.error().message();
  return check_policy(*policy, kNow);
}

// Exactly one finding that is no note.
void expect_one(const std::string& text, Weight weight, std::string_view id,
                std::string_view where) {
  int found = 0;
  for (const Finding& finding : findings(text)) {
    if (finding.weight != Weight::kNote) {
      ++found;
      EXPECT_EQ(finding.weight, weight) << finding.id;
      EXPECT_EQ(finding.id, id);
      EXPECT_EQ(finding.where, where);
      EXPECT_FALSE(finding.text.empty());
    }
  }
  EXPECT_EQ(found, 1) << explain(findings(text), {});
}

std::string changed(std::string_view from, std::string_view to) {
  const std::string out = replaced(sound(), from, to);
  EXPECT_NE(out, sound()) << from;
  return out;
}

std::string waiver(std::string_view factor, std::string_view until) {
  return "[[waive]]\nfactor = \"" + std::string(factor) + "\"\nreason = \"r\"\nuntil = \"" +
         std::string(until) + "\"\n";
}

TEST(Check, ASoundPolicyGetsNotesOnly) {
  EXPECT_FALSE(faulty(findings(sound()), {})) << explain(findings(sound()), {});
}

TEST(Check, NamesWhatIsMissing) {
  expect_one(changed("provider = { exact = \"\" }\n", ""), Weight::kMissing, "missing",
             "platform.amd-sev-snp.provider");
}

TEST(Check, FindsWhatCannotHold) {
  const Weight weight = Weight::kUnreachable;
  expect_one(changed("hardware-id = { exact = \"" + std::string(128, 'c') + "\" }",
                     "hardware-id = { one-of = [] }"),
             weight, "empty-list", "platform.amd-sev-snp.hardware-id");
  expect_one(changed("privilege-level = { exact = 0 }",
                     "privilege-level = { exact = 0 }\ntcb-status = { exact = \"UpToDate\" }"),
             weight, "never-attested", "platform.amd-sev-snp.tcb-status");
  expect_one(changed(std::string(96, 'b'), "bb"), weight, "wrong-length",
             "platform.intel-tdx.measurements.rtmr1");
  expect_one(changed("measurements.rtmr2 = { exact = \"" + std::string(96, 'c') + "\" }\n", ""),
             weight, "unruled-measurement", "platform.intel-tdx.measurements.rtmr2");
  expect_one(changed("[\"Milan\"]", "[\"Milan\", \"Turin\"]"), weight, "product-without-floors",
             "platform.amd-sev-snp.tcb.Turin");
  expect_one(changed("tcb.Milan.snp", "tcb.Genoa.snp = { at-least = 1 }\ntcb.Milan.snp"), weight,
             "floors-without-product", "platform.amd-sev-snp.tcb.Genoa");
  expect_one(changed("[\"UpToDate\", \"SWHardeningNeeded\"]", "[\"UpToDate\", \"Revoked\"]"),
             weight, "revoked-status", "platform.intel-tdx.tcb-status");
  expect_one(changed("digest = { exact = \"" + std::string(64, '1') + "\" }",
                     "digest = { ignore = \"r\" }"),
             weight, "init-data-open", "init-data");
  expect_one(changed("[init-data]\n", "[init-data]\nfields.role = { ignore = \"r\" }\n"), weight,
             "init-data-open", "init-data.fields.role");
  const std::string text = sound();
  expect_one(text.substr(0, text.find("[[floor]]")), weight, "no-floor", "floor");
  expect_one(sound() + waiver("ledger-witnessed", "2026-11-25T11:59:59Z"), weight, "ended",
             "waive.ledger-witnessed");
  expect_one(changed("until = \"2026-12-31", "until = \"2026-10-31"), weight, "ended",
             "platform.intel-tdx.advisory.INTEL-SA-00001");
}

TEST(Check, FindsAPlatformNobodyVerifies) {
  const std::vector<Finding> found =
      findings(changed("[platform.intel-tdx]", "[platform.intel-tdy]"));
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const Finding& finding) {
    return finding.id == "unknown-platform" && finding.where == "platform.intel-tdy";
  }));
}

TEST(Check, FindsWhatIsDangerous) {
  const Weight weight = Weight::kDanger;
  expect_one(changed("debug = { exact = false }\nmigration = { exact = false }\nprivilege",
                     "debug = { ignore = \"r\" }\nmigration = { exact = false }\nprivilege"),
             weight, "debug-allowed", "platform.amd-sev-snp.debug");
  expect_one(changed("migration = { exact = false }\nprivilege",
                     "migration = { ignore = \"r\" }\nprivilege"),
             weight, "migration-allowed", "platform.amd-sev-snp.migration");
  expect_one(changed("privilege-level = { exact = 0 }", "privilege-level = { ignore = \"r\" }"),
             weight, "privilege-level-open", "platform.amd-sev-snp.privilege-level");
  expect_one(changed("provider = { exact = \"\" }", "provider = { ignore = \"r\" }"), weight,
             "provider-open", "platform.amd-sev-snp.provider");
  expect_one(
      changed("rtmr2 = { exact = \"" + std::string(96, 'c') + "\" }", "rtmr2 = { ignore = \"r\" }"),
      weight, "ignored-measurement", "platform.intel-tdx.measurements.rtmr2");
  expect_one(changed("tcb.Milan.bootloader = { at-least = 4 }\ntcb.Milan.snp = { at-least = 24 }",
                     "tcb = { ignore = \"r\" }"),
             weight, "tcb-open", "platform.amd-sev-snp.tcb");
  expect_one(changed("tcb.Milan.bootloader = { at-least = 4 }\ntcb.Milan.snp = { at-least = 24 }",
                     "tcb.Milan.bootloader = { ignore = \"r\" }"),
             weight, "tcb-open", "platform.amd-sev-snp.tcb");
  expect_one(changed("{ one-of = [\"UpToDate\", \"SWHardeningNeeded\"] }", "{ ignore = \"r\" }"),
             weight, "tcb-open", "platform.intel-tdx.tcb-status");
  expect_one(changed("[\"UpToDate\", \"SWHardeningNeeded\"]", "[\"UpToDate\", \"OutOfDate\"]"),
             weight, "tcb-behind", "platform.intel-tdx.tcb-status");
  expect_one(
      replaced(changed("tcb-date = { at-least = \"2025-01-01T00:00:00Z\" }",
                       "tcb-date = { ignore = \"r\" }"),
               "evaluation-number = { at-least = 17 }", "evaluation-number = { ignore = \"r\" }"),
      weight, "old-list", "platform.intel-tdx.evaluation-number");
  expect_one(sound() + waiver("revocation", "2027-01-01T00:00:00Z"), weight, "grave-waiver",
             "waive.revocation");
  expect_one(sound() + waiver("ledger-witnessed", "2028-01-01T00:00:00Z"), weight, "long-grant",
             "waive.ledger-witnessed");
  expect_one(sound() + "[[simulated]]\nroot = \"" + std::string(64, 'b') +
                 "\"\nreason = \"r\"\nuntil = \"2026-12-01T00:00:00Z\"\n",
             weight, "simulated-root", "simulated." + std::string(64, 'b'));
}

TEST(Check, DangersCanBeAllowedByIdAndNothingElse) {
  const auto danger =
      findings(changed("provider = { exact = \"\" }", "provider = { ignore = \"r\" }"));
  EXPECT_TRUE(faulty(danger, {}));
  EXPECT_TRUE(faulty(danger, {"debug-allowed"}));
  EXPECT_FALSE(faulty(danger, {"provider-open"}));
  const auto missing = findings(changed("provider = { exact = \"\" }\n", ""));
  EXPECT_TRUE(faulty(missing, {"missing"}));
  const std::string text = sound();
  EXPECT_TRUE(faulty(findings(text.substr(0, text.find("[[floor]]"))), {"no-floor"}));
}

TEST(Check, ReadsVersion1Too) {
  const std::vector<Finding> found = findings(
      replaced(std::string(kPolicyText), "debug = { exact = false }", "debug = { exact = true }"));
  const auto has = [&found](std::string_view id) {
    return std::any_of(found.begin(), found.end(),
                       [id](const Finding& finding) { return finding.id == id; });
  };
  EXPECT_TRUE(has("debug-allowed"));
  EXPECT_TRUE(has("no-floor"));
  EXPECT_TRUE(has("product-without-floors"));
  EXPECT_FALSE(has("missing"));
}

TEST(Check, AnEmptyPolicyIsAllMissing) {
  const auto found = findings("");
  EXPECT_TRUE(faulty(found, {}));
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const Finding& f) { return f.weight == Weight::kMissing; }),
            11);
}

TEST(Check, IsSaidInTextAndJson) {
  const auto found =
      findings(changed("provider = { exact = \"\" }", "provider = { ignore = \"r\" }"));
  const std::string text = explain(found, {});
  EXPECT_NE(text.find("danger       provider-open"), std::string::npos) << text;
  EXPECT_NE(explain(found, {"provider-open"}).find("allowed      provider-open"),
            std::string::npos);
  const codec::Json json = findings_json(found, {"provider-open"});
  EXPECT_EQ(json.items().size(), found.size());
  EXPECT_TRUE(json.items().front().find("allowed")->boolean());
}

}  // namespace
}  // namespace claustrum::policy
