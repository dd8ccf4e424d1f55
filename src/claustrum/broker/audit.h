// SPDX-License-Identifier: Apache-2.0
// The owner's record of one decision: who asked for what, what was found, which policy said so. It
// is sealed in the database; the public ledger gets its digest only, so that nobody learns the name
// of a secret from the log [docs/formats/ledger.md].
#pragma once

#include "claustrum/codec/json.h"
#include "claustrum/policy/appraise.h"

namespace claustrum::broker {

struct AuditRecord {
  std::string id;  // 16 hex digits
  codec::Json record;
  std::string ledger_entry;  // JCS
};

// `resource` is empty for an attestation that failed before any secret was asked for.
AuditRecord make_audit(std::string_view session_id, std::string_view resource,
                       const policy::Appraisal& appraisal, bool granted, Instant now);

}  // namespace claustrum::broker
