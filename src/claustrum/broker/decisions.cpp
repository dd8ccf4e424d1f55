// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/decisions.h"

#include "claustrum/policy/explain.h"

namespace claustrum::broker {

Result<std::string> Decisions::write(const AuditRecord& audit) {
  const Result<std::uint64_t> position =
      state_.record(as_bytes(audit.ledger_entry), audit.id, audit.record);
  if (!position.ok()) {
    log_.event("broker.not_recorded", {{"reason", Literal::reason_of(position.error())}});
    return position.error();
  }
  return audit.id;
}

Result<std::string> Decisions::grant(const Decision& decision) {
  return write(make_audit(decision, true, clock_.now()));
}

std::string Decisions::refuse(const Decision& decision) {
  const policy::Appraisal& appraisal = *decision.appraisal;
  const Instant now = clock_.now();
  if (decision.workload.has_value() && quota_.take(*decision.workload, now)) {
    const Result<std::string> id = write(make_audit(decision, false, now));
    return id.ok() ? *id : std::string();
  }
  return counter_.count(first_reason(appraisal), appraisal.policy_digest(), now,
                        [&] { return policy::verdict_json(appraisal); });
}

std::string Decisions::refuse(const Error& error) {
  return counter_.count(error.reason(), {}, clock_.now(), [&] {
    return codec::Json::object()
        .set("code", to_string(error.code()))
        .set("reason", error.reason())
        .set("text", error.text());
  });
}

void Decisions::write(const std::vector<CountedRefusals>& refusals) {
  for (const CountedRefusals& minute : refusals) {
    (void)write(make_audit(minute, clock_.now()));
  }
}

void Decisions::write_counted() {
  write(counter_.take_over(clock_.now()));
}

void Decisions::close() {
  write(counter_.take_all());
}

}  // namespace claustrum::broker
