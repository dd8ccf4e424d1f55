// SPDX-License-Identifier: Apache-2.0
// Policies that look constrained and are not [docs/formats/policy.md, hollow rules]: each is an
// error of its author or denies.
#include "claustrum/policy/hollow.h"

#include <gtest/gtest.h>

#include "claustrum/policy/appraise.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::good_claims;
using test::good_tdx_claims;
using test::kPolicyText;
using test::kPolicyText2;
using test::replaced;

void expect_refused(const std::string& text, std::string_view reason) {
  const auto policy = Policy::parse(as_bytes(text));
  ASSERT_FALSE(policy.ok()) << text;
  EXPECT_EQ(policy.error().code(), Code::kMalformed) << policy.error().message();
  EXPECT_EQ(policy.error().reason(), reason) << policy.error().message() << "\n" << text;
}

std::string changed(std::string_view from, std::string_view to) {
  std::string out = replaced(std::string(kPolicyText2), from, to);
  EXPECT_NE(out, kPolicyText2) << from;
  return out;
}

std::string tdx(std::string_view line) {
  return "version = 2\n[platform.intel-tdx]\n" + std::string(line) + "\n";
}
std::string sgx(std::string_view line) {
  return "version = 2\n[platform.intel-sgx]\n" + std::string(line) + "\n";
}
std::string snp(std::string_view line) {
  return "version = 2\n[platform.amd-sev-snp]\n" + std::string(line) + "\n";
}

TEST(Hollow, AListOfAllValuesIsAnError) {
  const std::string_view reason = "policy.hollow";
  expect_refused(tdx("debug = { one-of = [true, false] }"), reason);
  expect_refused(sgx("debug = { one-of = [false, true] }"), reason);
  expect_refused(snp("migration = { one-of = [true, false] }"), reason);
  expect_refused(snp("privilege-level = { one-of = [0, 1, 2, 3] }"), reason);
  expect_refused(snp("claims.\"policy.smt\" = { one-of = [true, false] }"), reason);
  expect_refused(snp("claims.\"platform_info.tsme\" = { one-of = [1, 0] }"), reason);
  expect_refused(sgx("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\", "
                     "\"ConfigurationNeeded\", \"ConfigurationAndSWHardeningNeeded\", "
                     "\"OutOfDate\", \"OutOfDateConfigurationNeeded\"] }"),
                 reason);
  expect_refused(
      tdx("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\", "
          "\"ConfigurationNeeded\", \"ConfigurationAndSWHardeningNeeded\", \"OutOfDate\", "
          "\"OutOfDateConfigurationNeeded\", \"TDRelaunchAdvised\", "
          "\"TDRelaunchAdvisedConfigurationNeeded\", \"Revoked\"] }"),
      reason);
  expect_refused("version = 2\n[init-data.fields]\nx = { one-of = [true, false] }\n", reason);
  EXPECT_TRUE(Policy::parse(as_bytes(snp("privilege-level = { one-of = [0, 1] }"))).ok());
}

TEST(Hollow, AFloorOfZeroIsAnError) {
  const std::string_view reason = "policy.hollow";
  expect_refused(tdx("evaluation-number = { at-least = 0 }"), reason);
  expect_refused(tdx("evaluation-number = { at-least = -1 }"), reason);
  expect_refused(tdx("tcb-date = { at-least = \"1970-01-01T00:00:00Z\" }"), reason);
  expect_refused(tdx("tcb-date = { at-least = \"2017-01-01T00:00:00Z\" }"), reason);
  expect_refused(snp("privilege-level = { at-least = 0 }"), reason);
  expect_refused(sgx("claims.isv_svn = { at-least = 0 }"), reason);
  expect_refused("version = 2\n[init-data.fields]\nx = { at-least = 0 }\n", reason);
  const std::string floor = "version = 2\n[[floor]]\nissuer = \"" + std::string(64, 'a') + "\"\n";
  expect_refused(floor + "evaluation-number = 0\n", reason);
  expect_refused(floor + "crl-this-update = \"2000-01-01T00:00:00Z\"\n", reason);
  expect_refused(floor + "tcb-date = \"1970-01-01T00:00:00Z\"\n", reason);
}

TEST(Hollow, FloorsOfWhichNoneAsksForAnythingAreAnError) {
  expect_refused(snp("tcb.Milan.snp = { at-least = 0 }"), "policy.hollow");
  expect_refused(snp("tcb.any.snp = { at-least = 0 }\ntcb.any.tee = { ignore = \"r\" }"),
                 "policy.hollow");
  const std::string zeros = "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]";
  expect_refused(sgx("tcb.any.sgxtcbcomponents = { at-least = " + zeros + " }"), "policy.hollow");
  // One of several may be zero: AMD's "tee" is.
  EXPECT_TRUE(Policy::parse(as_bytes(snp("tcb.Milan.snp = { at-least = 24 }\n"
                                         "tcb.Milan.tee = { at-least = 0 }")))
                  .ok());
}

TEST(Hollow, AValueNamedTwiceIsAnError) {
  expect_refused(snp("product = { one-of = [\"Milan\", \"Milan\"] }"), "policy.rule");
  expect_refused(snp("hardware-id = { one-of = [\"aa\", \"bb\", \"aa\"] }"), "policy.rule");
  expect_refused(snp("measurements.measurement = { one-of = [\"aa\", \"aa\"] }"), "policy.rule");
  expect_refused("version = 2\n[init-data]\ndigest = { one-of = [\"aa\", \"aa\"] }\n",
                 "policy.rule");
  expect_refused("version = 2\nforbid-not-offered = [\"revocation\", \"revocation\"]\n",
                 "policy.factor");
}

TEST(Hollow, AReasonOfBlanksIsNone) {
  expect_refused(tdx("product = { ignore = \" \" }"), "policy.rule");
  expect_refused(tdx("tcb = { ignore = \"\\t\\n\" }"), "policy.rule");
  expect_refused(
      "version = 2\n[[waive]]\nfactor = \"debug\"\nreason = \"  \"\n"
      "until = \"2030-01-01T00:00:00Z\"\n",
      "policy.text");
}

TEST(Hollow, AFactorNobodyHasCannotBeForbidden) {
  expect_refused("version = 2\nforbid-not-offered = [\"Revocation\"]\n", "policy.factor");
  expect_refused("version = 2\nforbid-not-offered = [\"revocations\"]\n", "policy.factor");
  expect_refused("version = 2\nforbid-not-offered = [\"tcb.\"]\n", "policy.factor");
  EXPECT_TRUE(
      Policy::parse(as_bytes("version = 2\nforbid-not-offered = [\"leaf-revocation\"]\n")).ok());
}

TEST(Hollow, AWaiverOfAWholeFamilyIsAnError) {
  for (const char* factor : {"measurement.", "claim.", "tcb.", "Debug", "DEBUG", "program", "*"}) {
    expect_refused("version = 2\n[[waive]]\nfactor = \"" + std::string(factor) +
                       "\"\nreason = \"r\"\nuntil = \"2030-01-01T00:00:00Z\"\n",
                   "policy.waiver");
  }
}

TEST(Hollow, AProductIsSpelledAsItsVendorSpellsIt) {
  // Else the floors of "any", which are lower, would be taken for it.
  expect_refused(snp("tcb.milan.snp = { at-least = 24 }\ntcb.any.snp = { at-least = 1 }"),
                 "policy.name");
  expect_refused(sgx("tcb.00906ED50000.pcesvn = { at-least = 11 }"), "policy.name");
  expect_refused(sgx("tcb.00906ed5.pcesvn = { at-least = 11 }"), "policy.name");
  EXPECT_TRUE(Policy::parse(as_bytes(sgx("tcb.00906ed50000.pcesvn = { at-least = 11 }"))).ok());
}

TEST(Hollow, ComponentListsAreSixteenRules) {
  const auto policy = Policy::parse(as_bytes(
      tdx("tcb.any.sgxtcbcomponents = { at-least = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
          "15, 16] }\ntcb.any.tdxtcbcomponents = { ignore = \"judged by tcb-status\" }\n"
          "tcb.any.pcesvn = { at-least = 11 }")));
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  const RuleMap& rules = policy->platforms().at("intel-tdx").tcb.at("any");
  EXPECT_EQ(rules.size(), 33U);
  EXPECT_EQ(describe(rules.at("sgxtcbcomp01")), "at least 1");
  EXPECT_EQ(describe(rules.at("sgxtcbcomp16")), "at least 16");
  EXPECT_TRUE(std::holds_alternative<Ignore>(rules.at("tdxtcbcomp09")));
  for (const char* rule :
       {"{ at-least = [1, 2] }", "{ at-least = 1 }", "{ one-of = [1] }", "{ ignore = \"\" }", "{ }",
        "{ exact = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 256] }",
        "{ exact = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, -1] }", "1"}) {
    expect_refused(tdx("tcb.any.sgxtcbcomponents = " + std::string(rule)), "policy.rule");
  }
  expect_refused(tdx("tcb.any.sgxtcbcomp03 = { at-least = 1 }\n"
                     "tcb.any.sgxtcbcomponents = { ignore = \"r\" }"),
                 "policy.rule");
}

// These parse, and deny.
class HollowDenies : public ::testing::Test {
 protected:
  std::string reason_of(const std::string& text, evidence::Claims claims, std::string_view id) {
    const auto policy = Policy::parse(as_bytes(text));
    EXPECT_TRUE(policy.ok()) << policy.error().message();
    const evidence::Verification verification = test::verification_of(std::move(claims));
    AppraisalInput input;
    input.verification = &verification;
    input.now = *parse_rfc3339("2026-11-25T12:00:00Z");
    const Appraisal appraisal = appraise(*policy, input);
    EXPECT_FALSE(appraisal.accepted()) << text;
    const evidence::Factor* factor = appraisal.factors().find(id);
    return factor == nullptr ? "no factor" : factor->reason;
  }
};

TEST_F(HollowDenies, AProgramNobodyNames) {
  evidence::Claims snp_claims = good_claims();
  snp_claims.host_data = Bytes(32, 0x11);
  snp_claims.details.set("platform_info", codec::Json::object().set("smt", 1));
  const std::string open =
      changed("measurements.measurement = { exact = \"" + std::string(96, 'a') + "\" }",
              "measurements.measurement = { ignore = \"r\" }");
  EXPECT_EQ(reason_of(open, snp_claims, "program"), "policy.program_unconstrained");
  EXPECT_EQ(reason_of(changed("mr_td = { exact = \"aaaa\" }", "mr_td = { ignore = \"r\" }"),
                      good_tdx_claims(), "program"),
            "policy.program_unconstrained");
  // Firmware alone says nothing of the system it starts.
  evidence::Claims claims = good_tdx_claims();
  claims.measurements["rtmr1"] = {1};
  claims.measurements["rtmr2"] = {2};
  EXPECT_EQ(reason_of(changed("measurements.rtmr0",
                              "measurements.rtmr1 = { ignore = \"r\" }\n"
                              "measurements.rtmr2 = { ignore = \"r\" }\n"
                              "measurements.rtmr0"),
                      claims, "program"),
            "policy.program_unconstrained");
  // A signer's digest of zeros is nobody's; of another platform it says nothing.
  for (const char* zero : {"0000", "", "00"}) {
    EXPECT_EQ(
        reason_of(replaced(open, "claims.\"platform_info.smt\" = { exact = 1 }",
                           "claims.id_key_digest = { exact = \"" + std::string(zero) + "\" }"),
                  snp_claims, "program"),
        "policy.program_unconstrained");
  }
}

TEST_F(HollowDenies, EnclavesOfWhichNeitherCodeNorSignerIsNamed) {
  const std::string text =
      replaced(replaced(std::string(kPolicyText2), "[platform.intel-tdx]", "[platform.intel-sgx]"),
               "[[platform.intel-tdx.advisory]]", "[[platform.intel-sgx.advisory]]");
  evidence::Claims claims = good_tdx_claims();
  claims.platform = "intel-sgx";
  claims.measurements = {{"mr_enclave", {1}}, {"mr_signer", {2}}};
  const auto with = [&](std::string_view enclave, std::string_view signer) {
    return replaced(
        replaced(text, "mr_td = { exact = \"aaaa\" }", "mr_enclave = " + std::string(enclave)),
        "rtmr0 = { ignore = \"firmware configuration\" }", "mr_signer = " + std::string(signer));
  };
  EXPECT_EQ(reason_of(with("{ ignore = \"r\" }", "{ ignore = \"r\" }"), claims, "program"),
            "policy.program_unconstrained");
  EXPECT_EQ(reason_of(with("{ ignore = \"r\" }", "{ exact = \"03\" }"), claims, "program"), "");
}

TEST_F(HollowDenies, AnIdKeyNamesTheProgramsItSigned) {
  evidence::Claims claims = good_claims();
  claims.host_data = Bytes(32, 0x11);
  claims.details.set("id_key_digest", "ab");
  const std::string text = replaced(
      changed("measurements.measurement = { exact = \"" + std::string(96, 'a') + "\" }",
              "measurements.measurement = { ignore = \"r\" }"),
      "claims.\"platform_info.smt\" = { exact = 1 }", "claims.id_key_digest = { exact = \"aa\" }");
  EXPECT_EQ(reason_of(text, claims, "program"), "");
  EXPECT_EQ(reason_of(text, claims, "claim.id_key_digest"), "policy.claim");
}

TEST_F(HollowDenies, APlatformNobodyListedNeedsOneMeasurement) {
  evidence::Claims claims = good_tdx_claims();
  claims.platform = "new-tee";
  const std::string text =
      replaced(replaced(std::string(kPolicyText2), "platform.intel-tdx", "platform.new-tee"),
               "mr_td = { exact = \"aaaa\" }", "mr_td = { ignore = \"r\" }");
  EXPECT_EQ(reason_of(text, claims, "program"), "policy.program_unconstrained");
}

TEST_F(HollowDenies, EverythingIgnored) {
  const std::string text =
      "version = 2\nname = \"all\"\n[platform.intel-tdx]\n"
      "product = { ignore = \"r\" }\ndebug = { ignore = \"r\" }\nmigration = { ignore = \"r\" }\n"
      "hardware-id = { ignore = \"r\" }\ntcb-status = { ignore = \"r\" }\n"
      "tcb-date = { ignore = \"r\" }\nevaluation-number = { ignore = \"r\" }\n"
      "tcb = { ignore = \"r\" }\nmeasurements.mr_td = { ignore = \"r\" }\n"
      "measurements.rtmr0 = { ignore = \"r\" }\n"
      "[init-data]\ndigest = { ignore = \"r\" }\n";
  EXPECT_EQ(reason_of(text, good_tdx_claims(), "program"), "policy.program_unconstrained");
  EXPECT_EQ(reason_of(text, good_tdx_claims(), "init-data"), "policy.init_data_unconstrained");
}

TEST_F(HollowDenies, ListsWithoutValuesAndNamesInAnotherCase) {
  EXPECT_EQ(reason_of(changed("mr_td = { exact = \"aaaa\" }", "mr_td = { one-of = [] }"),
                      good_tdx_claims(), "measurement.mr_td"),
            "policy.measurement");
  EXPECT_EQ(reason_of(changed("mr_td = { exact", "MR_TD = { exact"), good_tdx_claims(),
                      "measurement.mr_td"),
            "policy.measurement_unruled");
  EXPECT_EQ(reason_of(changed("[\"UpToDate\", \"SWHardeningNeeded\"]", "[\"uptodate\"]"),
                      good_tdx_claims(), "tcb-status"),
            "policy.tcb_status");
  EXPECT_EQ(reason_of(changed("claims.\"td_attributes\"", "claims.\"TD_ATTRIBUTES\""),
                      good_tdx_claims(), "claim.TD_ATTRIBUTES"),
            "policy.claim");
  EXPECT_EQ(
      reason_of(replaced(std::string(kPolicyText2), "platform.intel-tdx", "platform.Intel-TDX"),
                good_tdx_claims(), "platform"),
      "policy.platform");
  EXPECT_EQ(reason_of(changed("INTEL-SA-00001", "intel-sa-00001"), good_tdx_claims(), "advisories"),
            "policy.advisory");
  EXPECT_EQ(reason_of(changed("digest = { exact = \"" + std::string(64, '1') + "\" }",
                              "digest = { one-of = [] }"),
                      good_tdx_claims(), "init-data"),
            "policy.init_data");
}

TEST(Hollow, Version1IsReadAsBefore) {
  for (const char* rule : {"vmpl = { at-least = 0 }", "debug = { one-of = [true, false] }"}) {
    const std::string key = std::string(rule).substr(0, std::string(rule).find(' '));
    const std::string text =
        replaced(std::string(kPolicyText),
                 key == "vmpl" ? "vmpl = { exact = 0 }" : "debug = { exact = false }", rule);
    EXPECT_TRUE(Policy::parse(as_bytes(text)).ok()) << rule;
  }
}

}  // namespace
}  // namespace claustrum::policy
