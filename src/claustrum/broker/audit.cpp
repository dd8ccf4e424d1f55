// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/audit.h"

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/policy/explain.h"

namespace claustrum::broker {

namespace {

using codec::Json;

// Enough to recognise a session's decisions by; the id itself is a bearer's credential.
std::string session_mark(std::string_view id) {
  return codec::hex_encode(BytesView(crypto::sha256(as_bytes(id))).first(8));
}

// What its owner can act on, in one sentence a factor.
Json failures(const policy::Appraisal& appraisal) {
  Json out = Json::array();
  for (const evidence::Factor& factor : appraisal.factors().list()) {
    if (factor.status == evidence::FactorStatus::kFail) {
      out.push(factor.id + " (" + factor.reason + "): expected " + factor.expected + "; found " +
               factor.found + "; " + factor.advice);
    }
  }
  return out;
}

Json head(std::string_view id, bool granted, Instant now) {
  Json out = Json::object();
  out.set("version", 1)
      .set("id", id)
      .set("time", format_rfc3339(now))
      .set("tenant", "default")
      .set("decision", granted ? "grant" : "refusal");
  return out;
}

std::string entry_of(const Json& record, bool granted, Instant now, Json detail) {
  ledger::Entry entry;
  entry.type = granted ? "release-grant" : "release-refusal";
  entry.digest = crypto::sha256(as_bytes(codec::to_jcs(record)));
  entry.time = now;
  entry.detail = std::move(detail);
  return ledger::serialize_entry(entry);
}

}  // namespace

std::string new_audit_id() {
  return codec::hex_encode(crypto::random_array<8>());
}

std::string first_reason(const policy::Appraisal& appraisal) {
  const evidence::Factor* first = appraisal.first_failed();
  return first == nullptr ? std::string() : first->reason;
}

AuditRecord make_audit(const Decision& decision, bool granted, Instant now) {
  const policy::Appraisal& appraisal = *decision.appraisal;
  const std::string policy = codec::hex_encode(appraisal.policy_digest());
  AuditRecord out;
  out.id = new_audit_id();
  out.record = head(out.id, granted, now);
  Json detail = Json::object();
  detail.set("audit", out.id).set("policy", policy);
  if (!granted) {
    const std::string reason = first_reason(appraisal);
    out.record.set("reason", reason).set("failed", failures(appraisal));
    detail.set("reason", reason);
  }
  out.record.set("resource", decision.resource)
      .set("session", session_mark(decision.session_id))
      .set("policy", policy)
      .set("verdict", policy::verdict_json(appraisal));
  out.ledger_entry = entry_of(out.record, granted, now, std::move(detail));
  return out;
}

AuditRecord make_audit(const CountedRefusals& refusals, Instant now) {
  const std::string policy = codec::hex_encode(refusals.policy_digest);
  AuditRecord out;
  out.id = refusals.audit_id;
  out.record = head(out.id, false, now);
  out.record.set("reason", refusals.reason)
      .set("count", refusals.count)
      .set("minute", format_rfc3339(refusals.minute))
      .set("policy", policy)
      .set("example", refusals.example);
  Json detail = Json::object();
  detail.set("audit", out.id)
      .set("policy", policy)
      .set("reason", refusals.reason)
      .set("count", refusals.count);
  out.ledger_entry = entry_of(out.record, false, now, std::move(detail));
  return out;
}

}  // namespace claustrum::broker
