// SPDX-License-Identifier: Apache-2.0
// The owner's record of one decision: who asked for what, what was found, which policy said so. It
// is sealed in the database; the public ledger gets its digest only, so that nobody learns the name
// of a secret from the log [docs/formats/ledger.md].
#pragma once

#include "claustrum/broker/judge.h"
#include "claustrum/codec/json.h"

namespace claustrum::broker {

struct AuditRecord {
  std::string id;  // 16 hex digits
  codec::Json record;
  std::string ledger_entry;  // JCS
};

std::string new_audit_id();

struct Decision {
  std::string_view session_id;
  std::string_view resource;  // empty: at attestation, before any secret was asked for
  const policy::Appraisal* appraisal = nullptr;
  // Whom the caller proved to be, here or when the session was attested; nullopt: nobody.
  std::optional<WorkloadId> workload = std::nullopt;
};
AuditRecord make_audit(const Decision& decision, bool granted, Instant now);

// Refusals of one minute and one reason, from callers who proved nothing. The first of them is kept
// as an example, to be shown to the owner.
struct CountedRefusals {
  std::string audit_id;
  std::string reason;
  Instant minute;  // its first second
  std::int64_t count = 0;
  Bytes policy_digest;  // of the policy in force; empty: the message was not even readable
  codec::Json example;  // a verdict, or an object with the fault's text
};
AuditRecord make_audit(const CountedRefusals& refusals, Instant now);

// "measurement policy.measurement": the first factor that does not hold.
std::string first_reason(const policy::Appraisal& appraisal);

}  // namespace claustrum::broker
