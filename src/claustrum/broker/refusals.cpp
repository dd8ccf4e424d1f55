// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/refusals.h"

#include "claustrum/base/guard.h"

namespace claustrum::broker {

namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;

Instant minute_of(Instant at) {
  return {at.seconds - at.seconds % kMinute};
}

}  // namespace

std::string RefusalCounter::count(std::string_view reason, BytesView policy_digest, Instant now,
                                  const std::function<codec::Json()>& example) {
  const Instant minute = minute_of(now);
  const std::lock_guard lock(mutex_);
  std::pair<std::int64_t, std::string> key(minute.seconds, reason);
  if (!waiting_.contains(key) && waiting_.size() >= kMaxReasons) {
    key.second = kOther;
  }
  const auto [at, first] = waiting_.try_emplace(key);
  CountedRefusals& refusals = at->second;
  if (first) {
    refusals.audit_id = new_audit_id();
    refusals.reason = key.second;
    refusals.minute = minute;
    refusals.policy_digest = to_bytes(policy_digest);
    refusals.example = example();
  }
  ++refusals.count;
  return refusals.audit_id;
}

std::vector<CountedRefusals> RefusalCounter::take(std::optional<Instant> current) {
  std::vector<CountedRefusals> out;
  const std::lock_guard lock(mutex_);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (current.has_value() && at->second.minute == *current) {
      ++at;
      continue;
    }
    out.push_back(std::move(at->second));
    at = waiting_.erase(at);
  }
  return out;
}

std::vector<CountedRefusals> RefusalCounter::take_over(Instant now) {
  return take(minute_of(now));
}

std::vector<CountedRefusals> RefusalCounter::take_all() {
  return take(std::nullopt);
}

bool RefusalQuota::take(const WorkloadId& workload, Instant now) {
  const std::int64_t hour = now.seconds / kHour;
  const std::lock_guard lock(mutex_);
  if (hour != hour_) {
    hour_ = hour;
    used_.clear();
  }
  const auto known = used_.find(workload);
  if (known == used_.end() &&
      !CLAUSTRUM_GUARD("broker.refusal_workloads", used_.size() < kMaxWorkloads)) {
    return false;
  }
  int& used = used_[workload];
  if (!CLAUSTRUM_GUARD("broker.refusal_quota", used < kPerHour)) {
    return false;
  }
  ++used;
  return true;
}

}  // namespace claustrum::broker
