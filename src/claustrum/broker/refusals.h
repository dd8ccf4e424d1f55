// SPDX-License-Identifier: Apache-2.0
// Keeping the audit trail from being a weapon [PROTOCOL 9, audit without denial of service]: who
// proved nothing is counted, one entry a reason and minute; a workload that did prove itself has
// its refusals written one by one up to a quota, and is counted beyond it. Both tables are bounded,
// so nobody can fill the ledger, and no grant ever waits for either.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "claustrum/broker/audit.h"
#include "claustrum/broker/judge.h"

namespace claustrum::broker {

// Thread-safe.
class RefusalCounter {
 public:
  static constexpr std::size_t kMaxReasons = 256;  // waiting to be written
  static constexpr std::string_view kOther = "broker.other_refusals";

  // Adds one and gives the id of the record that will hold it. `example` is called for the first of
  // a minute.
  std::string count(std::string_view reason, BytesView policy_digest, Instant now,
                    const std::function<codec::Json()>& example);
  // Takes out what is to be written: minutes that are over, or all.
  std::vector<CountedRefusals> take_over(Instant now);
  std::vector<CountedRefusals> take_all();

 private:
  std::vector<CountedRefusals> take(std::optional<Instant> current);
  std::mutex mutex_;
  std::map<std::pair<std::int64_t, std::string>, CountedRefusals> waiting_;
};

// Thread-safe. Entries a workload may cause by being refused.
class RefusalQuota {
 public:
  static constexpr int kPerHour = 32;
  static constexpr std::size_t kMaxWorkloads = 4096;  // in one hour; others are counted

  bool take(const WorkloadId& workload, Instant now);

 private:
  std::mutex mutex_;
  std::int64_t hour_ = 0;
  std::map<WorkloadId, int> used_;
};

}  // namespace claustrum::broker
