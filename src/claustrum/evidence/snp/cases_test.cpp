// SPDX-License-Identifier: Apache-2.0
// Real reports of Milan, Genoa and Turin with their expected verdicts and claims.
#include <gtest/gtest.h>

#include <iostream>

#include "claustrum/evidence/core/test_cases.h"
#include "claustrum/evidence/snp/cert_table.h"
#include "claustrum/evidence/snp/verify.h"

namespace claustrum::evidence::snp {
namespace {

// Which factor must fail for a case's `fail_stage`.
std::string factor_of_stage(const std::string& stage) {
  const std::map<std::string, std::string> known = {
      {"crl:stale", "revocation"}, {"report:signature", "signing-key"},
      {"report:length", "format"}, {"report:version", "format"},
      {"chain", "chain"},          {"key-type", "signing-key"},
      {"policy:debug", "debug"},   {"collateral:missing-vcek", "collateral"}};
  const auto at = known.find(stage);
  return at == known.end() ? std::string() : at->second;
}

void compare(const std::string& path, const codec::Json& expected, const codec::Json* found) {
  ASSERT_NE(found, nullptr) << path;
  if (!expected.is_object()) {
    EXPECT_EQ(expected, *found) << path << ": " << codec::to_json(expected) << " but "
                                << codec::to_json(*found);
    return;
  }
  for (const auto& [name, value] : expected.members()) {
    compare(path + "." + name, value, found->find(name));
  }
}

// A case made by swapping the leaf still describes the leaf it took away.
bool describes_absent_leaf(const std::string& name, const codec::Json& value, const Case& c) {
  return name == "vek_extensions" && value.find("csp_id") != nullptr &&
         !c.collateral.contains("vlek");
}

void compare_claims(const CaseFolder& folder, const Verification& v) {
  const codec::Json* expected = folder.file.find("claims");
  if (expected == nullptr || expected->members().empty()) {
    return;
  }
  const Claims* claims = v.claims              ? &**v.claims
                         : v.unverified_claims ? &*v.unverified_claims
                                               : nullptr;
  ASSERT_NE(claims, nullptr);
  for (const auto& [name, value] : expected->members()) {
    if (!describes_absent_leaf(name, value, folder.loaded)) {
      compare(folder.name + ": " + name, value, claims->details.find(name));
    }
  }
}

bool judged_right(const CaseFolder& folder, const Verification& v) {
  const CaseVerdict verdict = judge_case(v, folder.loaded);
  const bool pass = folder.file.string_at("expect").value() == "pass";
  for (const Factor& factor : verdict.factors.list()) {
    if (factor.status == FactorStatus::kFail && pass) {
      ADD_FAILURE() << folder.name << " " << factor.id << " " << factor.reason << " "
                    << factor.found;
    }
  }
  return pass ? verdict.exit_code == 0 : verdict.exit_code == 10 || verdict.exit_code == 30;
}

class SnpCases : public ::testing::Test {
 protected:
  void SetUp() override {
    if (folders.empty()) {
      GTEST_SKIP() << "no evidence beside the tree";
    }
  }
  const std::vector<CaseFolder> folders = cases_of({kPlatform});
};

TEST_F(SnpCases, EveryRealCaseIsJudgedRight) {
  std::size_t right = 0;
  for (const CaseFolder& folder : folders) {
    SCOPED_TRACE(folder.name);
    const Verification v = run_case(folder.loaded, verify);
    const bool good = judged_right(folder, v);
    EXPECT_TRUE(good) << folder.name;
    right += good ? 1 : 0;
    compare_claims(folder, v);
    if (const codec::Json* stage = folder.file.find("fail_stage"); stage != nullptr) {
      const std::string id = factor_of_stage(stage->string());
      if (!id.empty()) {
        ASSERT_NE(v.factors.find(id), nullptr);
        EXPECT_EQ(v.factors.find(id)->status, FactorStatus::kFail) << id;
      }
    }
    if (const codec::Json* url = folder.file.find("kds_url"); url != nullptr) {
      EXPECT_EQ(v.factors.find("collateral")->advice, "fetch " + url->string());
    }
  }
  std::cout << "platform amd-sev-snp: " << folders.size() << " cases, " << right << " right\n";
}

TEST_F(SnpCases, AWarmCacheChangesNoVerdict) {
  IssuerCache cache;
  for (int round = 0; round < 2; ++round) {
    for (const CaseFolder& folder : folders) {
      EXPECT_TRUE(judged_right(folder, run_case(folder.loaded, verify, &cache))) << folder.name;
    }
  }
}

TEST_F(SnpCases, TheRealCertificateTableHoldsTheChain) {
  for (const CaseFolder& folder : folders) {
    const auto table = folder.loaded.collateral.find("auxblob");
    if (table == folder.loaded.collateral.end()) {
      continue;
    }
    const auto entries = parse_cert_table(table->second);
    ASSERT_TRUE(entries.ok());
    Case from_table = folder.loaded;
    from_table.collateral = collateral_of(*entries);
    EXPECT_EQ(from_table.collateral.size(), 3U);
    EXPECT_TRUE(run_case(from_table, verify).claims.has_value()) << folder.name;
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp
