// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/audit.h"

#include <gtest/gtest.h>

#include "claustrum/broker/test_scene.h"
#include "claustrum/codec/hex.h"
#include "claustrum/ledger/entry.h"

namespace claustrum::broker {
namespace {

CountedRefusals refusals() {
  CountedRefusals out;
  out.audit_id = "0011223344556677";
  out.reason = "kbs.message";
  out.minute = test::kSimNow;
  out.count = 7;
  out.example = codec::Json::object().set("code", "malformed");
  return out;
}

policy::Appraisal appraisal_of(const Bytes& evidence) {
  document::Verifiers verifiers;
  verifiers["amd-sev-snp"] = evidence::snp::verify;
  Presented presented;
  presented.platform = "amd-sev-snp";
  presented.evidence = evidence;
  return judge(test::parse(test::good_policy()), presented, "nonce", verifiers, test::kSimNow);
}

TEST(BrokerAuditRecord, CountedRefusalsGiveAValidEntry) {
  const AuditRecord audit = make_audit(refusals(), test::kSimNow + 60);
  const auto entry = ledger::parse_entry(as_bytes(audit.ledger_entry));
  ASSERT_TRUE(entry.ok()) << entry.error().message();
  EXPECT_EQ(entry->type, "release-refusal");
  EXPECT_EQ(entry->time, test::kSimNow + 60);
  EXPECT_EQ(entry->digest, crypto::sha256(as_bytes(codec::to_jcs(audit.record))));
  EXPECT_EQ(*entry->detail.integer_at("count"), 7);
  EXPECT_EQ(*entry->detail.string_at("reason"), "kbs.message");
  EXPECT_EQ(*audit.record.string_at("minute"), format_rfc3339(test::kSimNow));
}

TEST(BrokerAuditRecord, DecisionsGiveValidEntries) {
  const policy::Appraisal appraisal = appraisal_of(Bytes(1184, 0));
  for (const bool granted : {true, false}) {
    const AuditRecord audit =
        make_audit(Decision{"session", "a/b/c", &appraisal}, granted, test::kSimNow);
    const auto entry = ledger::parse_entry(as_bytes(audit.ledger_entry));
    ASSERT_TRUE(entry.ok()) << entry.error().message();
    EXPECT_EQ(entry->type, granted ? "release-grant" : "release-refusal");
    EXPECT_EQ(entry->digest, crypto::sha256(as_bytes(codec::to_jcs(audit.record))));
    EXPECT_EQ(entry->detail.find("reason") != nullptr, !granted);
    EXPECT_EQ(audit.record.find("failed") != nullptr, !granted);
  }
}

TEST(BrokerAuditRecord, IdsDoNotRepeat) {
  EXPECT_EQ(new_audit_id().size(), 16U);
  EXPECT_NE(new_audit_id(), new_audit_id());
}

TEST(BrokerPresence, UnverifiedEvidenceProvesNobody) {
  EXPECT_FALSE(proven_workload(appraisal_of(Bytes(1184, 0))).has_value());
}

TEST(BrokerPresence, AWorkloadIsMachineProgramAndConfiguration) {
  const evidence::Claims claims = policy::test::good_claims();
  const WorkloadId id = workload_id(claims);
  EXPECT_EQ(workload_id(policy::test::good_claims()), id);
  evidence::Claims other = claims;
  other.hardware_id.push_back(1);
  EXPECT_NE(workload_id(other), id);
  other = claims;
  other.host_data[0] ^= 1;
  EXPECT_NE(workload_id(other), id);
  other = claims;
  other.measurements["measurement"][0] ^= 1;
  EXPECT_NE(workload_id(other), id);
  // What a caller chooses for each request does not make it another workload.
  other = claims;
  other.report_data = Bytes(64, 9);
  EXPECT_EQ(workload_id(other), id);
}

}  // namespace
}  // namespace claustrum::broker
