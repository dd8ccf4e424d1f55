// SPDX-License-Identifier: Apache-2.0
// Which requests one private key has opened [PROTOCOL 7]. HPKE opens the same request as often as
// it is shown; without this memory a host could have the engine run a captured request again, and
// watch its timing once more. It lives exactly as long as the key and is never pruned by time.
#pragma once

#include <mutex>
#include <unordered_set>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::channel {

class ReplayMemory {
 public:
  static constexpr std::size_t kMaxEntries = std::size_t{1} << 20;

  explicit ReplayMemory(std::size_t max_entries = kMaxEntries) : max_entries_(max_entries) {}
  // Remembers the first 16 bytes of SHA-256(enc). Conflict "ohttp.replay" when they are known;
  // exhausted "ohttp.key_spent" when full: the key must then retire.
  Status insert(BytesView enc);
  std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const ByteArray<16>& prefix) const;
  };
  const std::size_t max_entries_;
  mutable std::mutex mutex_;
  std::unordered_set<ByteArray<16>, Hash> seen_;
};

}  // namespace claustrum::channel
