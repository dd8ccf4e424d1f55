// SPDX-License-Identifier: Apache-2.0
// The engine runs at most once per sealed request id [PROTOCOL 7]: a client that must send again
// after a hint from the operator cannot be made to ask twice. Ids live as long as the keys that
// could carry them: two generations are kept, so nothing is forgotten while a key still opens.
#pragma once

#include <mutex>
#include <set>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::gateway {

class RequestIds {
 public:
  static constexpr std::size_t kMaxPerGeneration = std::size_t{1} << 20;

  explicit RequestIds(std::size_t max_per_generation = kMaxPerGeneration)
      : max_per_generation_(max_per_generation) {}
  // conflict "already-run" for an id seen before; exhausted "gateway.requests" when full.
  Status claim(const ByteArray<16>& id);
  // A key generation retired: the ids of the one before it can no longer arrive.
  void rotate();

 private:
  const std::size_t max_per_generation_;
  std::mutex mutex_;
  std::set<ByteArray<16>> current_;
  std::set<ByteArray<16>> previous_;
};

}  // namespace claustrum::gateway
