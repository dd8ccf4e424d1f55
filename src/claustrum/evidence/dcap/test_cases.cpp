// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/test_cases.h"

#include <gtest/gtest.h>

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

const Claims* claims_of(const Verification& v) {
  return v.claims ? &**v.claims : v.unverified_claims ? &*v.unverified_claims : nullptr;
}

void expect_member(const Json& details, std::string_view name, const Json* expected) {
  if (expected == nullptr || expected->is_null()) {
    return;
  }
  const Json* found = details.find(name);
  ASSERT_NE(found, nullptr) << name;
  EXPECT_EQ(*found, *expected) << name << ": " << codec::to_json(*expected) << " but "
                               << codec::to_json(*found);
}

// The platform's own values, read from the PCK certificate of the quote.
void expect_pck(const Json& pck, const Json& details) {
  for (const char* name : {"fmspc", "pceid", "pcesvn", "ppid", "platform_instance_id"}) {
    expect_member(details, name, pck.find(name));
  }
  expect_member(details, "pck_cpu_svn", pck.find("cpusvn"));
  const Json* flags = pck.find("configuration");
  const std::pair<const char*, const char*> names[] = {
      {"1", "dynamic_platform"}, {"2", "cached_keys"}, {"3", "smt_enabled"}};
  for (const auto& [number, name] : names) {
    const Json* flag = flags == nullptr ? nullptr : flags->find(number);
    if (flag != nullptr) {
      const Json expected(flag->string() != "00");
      expect_member(details, name, &expected);
    }
  }
}

void expect_tcb_detail(const Json& detail, const Json& details) {
  expect_member(details, "tcb_date", detail.find("effective_tcb_date"));
  for (const char* name :
       {"tcb_evaluation_data_number", "tcb_info_version", "platform_tcb_date", "module_tcb_date",
        "qe_tcb_date", "launch_tcb_status", "current_tcb_status", "advisory_ids"}) {
    expect_member(details, name, detail.find(name));
  }
  if (const Json* platform = detail.find("platform"); platform != nullptr) {
    if (const Json* module = platform->find("module"); module != nullptr && module->is_array()) {
      expect_member(details, "tdx_module_id", &module->items().at(0));
    }
  }
}

void expect_tcb(const Json& file, const Verification& v) {
  const Json* status = file.find("tcb_status");
  if (status == nullptr || !status->is_string()) {
    return;
  }
  if (status->string().starts_with("NotSupported")) {
    EXPECT_EQ(reason_of(v, "tcb"), "dcap.tcb.no_level");
    return;
  }
  ASSERT_TRUE(v.claims.has_value());
  const Json& details = (*v.claims)->details;
  expect_member(details, "tcb_status", status);
  if (const Json* detail = file.find("tcb_detail"); detail != nullptr) {
    expect_tcb_detail(*detail, details);
  }
}

void expect_claims(const Json& file, const Verification& v) {
  const Claims* claims = claims_of(v);
  ASSERT_NE(claims, nullptr);
  if (const Json* expected = file.find("claims"); expected != nullptr) {
    for (const auto& [name, value] : expected->members()) {
      expect_member(claims->details, name, &value);
    }
  }
  if (const Json* qe = file.find("qe_report"); qe != nullptr && qe->is_object()) {
    for (const auto& [name, value] : qe->members()) {
      expect_member(*claims->details.find("qe_report"), name, &value);
    }
  }
  const Json* pck = file.find("pck");
  if (pck != nullptr && pck->is_object() && claims->details.find("fmspc") != nullptr) {
    expect_pck(*pck, claims->details);
  }
}

}  // namespace

bool expect_case(const CaseFolder& folder, const Verify& verify) {
  const Verification v = run_case(folder.loaded, verify);
  const CaseVerdict verdict = judge_case(v, folder.loaded);
  const bool pass = folder.file.string_at("expect").value() == "pass";
  const bool right =
      pass ? verdict.exit_code == 0 : verdict.exit_code == 10 || verdict.exit_code == 30;
  EXPECT_TRUE(right) << folder.name;
  for (const Factor& factor : verdict.factors.list()) {
    if (factor.status == FactorStatus::kFail) {
      EXPECT_FALSE(pass) << folder.name << " " << factor.id << " " << factor.reason << " "
                         << factor.found;
    }
  }
  const Json* clean = folder.file.find("trailing_all_zero");
  if (clean != nullptr && !clean->boolean()) {
    // Somebody's bytes behind the quote: refused with them, described without them.
    EXPECT_EQ(reason_of(v, "format"), "dcap.format");
    Case cut = folder.loaded;
    cut.evidence.resize(static_cast<std::size_t>(folder.file.integer_at("quote_len").value()));
    const Verification rest = run_case(cut, verify);
    expect_claims(folder.file, rest);
    expect_tcb(folder.file, rest);
    return right;
  }
  expect_claims(folder.file, v);
  expect_tcb(folder.file, v);
  return right;
}

void expect_cache_changes_nothing(const std::vector<CaseFolder>& folders, const Verify& verify) {
  IssuerCache cache;
  for (int round = 0; round < 2; ++round) {
    for (const CaseFolder& folder : folders) {
      const Verification cold = run_case(folder.loaded, verify);
      const Verification warm = run_case(folder.loaded, verify, &cache);
      for (const Factor& factor : cold.factors.list()) {
        const Factor* other = warm.factors.find(factor.id);
        ASSERT_NE(other, nullptr);
        EXPECT_EQ(other->status, factor.status) << folder.name << " " << factor.id;
        EXPECT_EQ(other->reason, factor.reason) << folder.name << " " << factor.id;
      }
    }
  }
}

}  // namespace claustrum::evidence::dcap
