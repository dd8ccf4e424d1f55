// SPDX-License-Identifier: Apache-2.0
// Runs the batches of one file on a few threads: each thread makes its own worker (cipher and
// buffers), the first error stops all, and progress is reported one call at a time, growing.
#pragma once

#include <functional>

#include "claustrum/base/result.h"
#include "claustrum/sealed/cobblestone.h"

namespace claustrum::sealed {

// Bytes of plaintext done of all to do. Called from working threads, never two at a time.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct Options {
  unsigned threads = 2;
  Engine engine = Engine::kBest;
  Progress progress;  // may be empty
};

// Chunks worked on together: enough lanes for multi-buffer hashing, small enough for an L2 cache.
inline constexpr std::uint64_t kBatchChunks = 16;

struct Batch {
  std::uint64_t first = 0;  // chunk number
  std::size_t count = 0;    // 1..kBatchChunks
};

using Worker = std::function<Status(const Batch& batch)>;
// `make_worker` is called once on each thread; `done` after each finished batch, serialised.
Status for_each_batch(std::uint64_t chunks, unsigned threads,
                      const std::function<Worker()>& make_worker,
                      const std::function<void(const Batch&)>& done);

// One batch of plaintext chunks, each with room for the leaf prefix before it; wiped at the end.
class ChunkBatch {
 public:
  ChunkBatch();
  // The memory of chunk i (0..kBatchChunks-1), `length` bytes of it.
  std::span<std::uint8_t> chunk(std::size_t i, std::size_t length);
  // out[i] = leaf hash of chunk i, which has lengths[i] bytes.
  void hash_leaves(std::span<const std::size_t> lengths, std::span<crypto::Sha256Digest> out,
                   Engine engine) const;

 private:
  SecretBytes memory_;
};

}  // namespace claustrum::sealed
