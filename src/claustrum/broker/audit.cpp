// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/audit.h"

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/policy/explain.h"

namespace claustrum::broker {

AuditRecord make_audit(std::string_view session_id, std::string_view resource,
                       const policy::Appraisal& appraisal, bool granted, Instant now) {
  using codec::Json;
  const evidence::Factor* first = appraisal.first_failed();
  const std::string reason = first == nullptr ? std::string() : first->reason;
  AuditRecord out;
  out.id = codec::hex_encode(crypto::random_array<8>());
  out.record = Json::object();
  out.record.set("version", 1)
      .set("id", out.id)
      .set("time", format_rfc3339(now))
      .set("tenant", "default")
      .set("decision", granted ? "grant" : "refusal")
      .set("reason", reason)
      .set("resource", resource)
      .set("session", session_id)
      .set("policy", codec::hex_encode(appraisal.policy_digest()))
      .set("verdict", policy::verdict_json(appraisal));
  ledger::Entry entry;
  entry.type = granted ? "release-grant" : "release-refusal";
  entry.digest = crypto::sha256(as_bytes(codec::to_jcs(out.record)));
  entry.time = now;
  entry.detail.set("audit", out.id).set("policy", codec::hex_encode(appraisal.policy_digest()));
  if (!granted) {
    entry.detail.set("reason", reason);
  }
  out.ledger_entry = ledger::serialize_entry(entry);
  return out;
}

}  // namespace claustrum::broker
