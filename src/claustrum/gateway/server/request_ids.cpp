// SPDX-License-Identifier: Apache-2.0
// Bounded by the number of requests a key opens before it retires.
#include "claustrum/gateway/server/request_ids.h"

#include "claustrum/base/guard.h"

namespace claustrum::gateway {

Status RequestIds::claim(const ByteArray<16>& id) {
  const std::lock_guard lock(mutex_);
  const bool seen = current_.contains(id) || previous_.contains(id);
  if (!CLAUSTRUM_GUARD("gateway.server.request_id", !seen)) {
    return Error(Code::kConflict, "already-run", "a request with this id was already taken");
  }
  if (!CLAUSTRUM_GUARD("gateway.server.request_count", current_.size() < max_per_generation_)) {
    return Error(Code::kExhausted, "gateway.requests", "key generation is used up");
  }
  current_.insert(id);
  return ok_status();
}

void RequestIds::rotate() {
  const std::lock_guard lock(mutex_);
  previous_ = std::move(current_);
  current_.clear();
}

}  // namespace claustrum::gateway
