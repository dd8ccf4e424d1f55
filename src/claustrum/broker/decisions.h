// SPDX-License-Identifier: Apache-2.0
// Writing decisions down [PROTOCOL 9]: each an audit record for the owner and a ledger entry for
// everybody, together or not at all. A grant is written before it takes effect; a refusal takes
// effect even where it cannot be written.
#pragma once

#include "claustrum/base/log.h"
#include "claustrum/broker/refusals.h"
#include "claustrum/broker/state.h"

namespace claustrum::broker {

// Thread-safe.
class Decisions {
 public:
  Decisions(State& state, const Clock& clock, Log& log) : state_(state), clock_(clock), log_(log) {}

  // The audit id. An error must stop the grant.
  Result<std::string> grant(const Decision& decision);
  // The audit id; empty when the database could not be written. Counted, not written one by one,
  // unless the caller proved who it is and is within its quota.
  std::string refuse(const Decision& decision);
  // A refusal of something that could not even be read.
  std::string refuse(const Error& error);

  // Writes counted refusals whose minute is over; at the end of a service, all.
  void write_counted();
  void close();

 private:
  Result<std::string> write(const AuditRecord& audit);
  void write(const std::vector<CountedRefusals>& refusals);
  State& state_;
  const Clock& clock_;
  Log& log_;
  RefusalCounter counter_;
  RefusalQuota quota_;
};

}  // namespace claustrum::broker
