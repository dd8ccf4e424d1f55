// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/replay_memory.h"

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::channel {

std::size_t ReplayMemory::Hash::operator()(const ByteArray<16>& prefix) const {
  // Already uniform.
  ByteReader in(prefix, "replay entry");
  const std::uint64_t word = in.u64le();
  in.skip(8);
  CLAUSTRUM_CHECK(in.finish().ok());
  return static_cast<std::size_t>(word);
}

Status ReplayMemory::insert(BytesView enc) {
  const crypto::Sha256Digest digest = crypto::sha256(enc);
  const auto prefix = to_array<16>(BytesView(digest).first(16));
  const std::lock_guard lock(mutex_);
  if (!CLAUSTRUM_GUARD("channel.replay", !seen_.contains(prefix))) {
    return Error(Code::kConflict, "ohttp.replay", "this request was opened before");
  }
  if (!CLAUSTRUM_GUARD("channel.key_spent", seen_.size() < max_entries_)) {
    return Error(Code::kExhausted, "ohttp.key_spent", "the key has opened its last request");
  }
  seen_.insert(prefix);
  return ok_status();
}

std::size_t ReplayMemory::size() const {
  const std::lock_guard lock(mutex_);
  return seen_.size();
}

}  // namespace claustrum::channel
