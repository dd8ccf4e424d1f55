// SPDX-License-Identifier: Apache-2.0
// Batches on threads, and the memory of one batch [PROTOCOL 8: targets].
#include "claustrum/sealed/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "claustrum/sealed/merkle.h"

namespace claustrum::sealed {
namespace {

// A cache line before each chunk; its last byte is the leaf prefix, so prefix and chunk are one
// piece to the hash.
constexpr std::size_t kLead = 64;
constexpr std::size_t kStride = kLead + kChunkLen;

class Run {
 public:
  Run(std::uint64_t chunks, const std::function<Worker()>& make_worker,
      const std::function<void(const Batch&)>& done)
      : chunks_(chunks), make_worker_(make_worker), done_(done) {}

  void work() {
    const Worker worker = make_worker_();
    while (!stop_.load(std::memory_order_relaxed)) {
      const std::uint64_t first = next_.fetch_add(kBatchChunks, std::memory_order_relaxed);
      if (first >= chunks_) {
        return;
      }
      const Batch batch{first, static_cast<std::size_t>(std::min(kBatchChunks, chunks_ - first))};
      Status status = worker(batch);
      const std::lock_guard lock(mutex_);
      if (!status.ok()) {
        stop_.store(true, std::memory_order_relaxed);
        if (!error_.has_value()) {
          error_ = std::move(status).error();
        }
        return;
      }
      done_(batch);
    }
  }

  Status result() && {
    if (error_.has_value()) {
      return std::move(*error_);
    }
    return {};
  }

 private:
  const std::uint64_t chunks_;
  const std::function<Worker()>& make_worker_;
  const std::function<void(const Batch&)>& done_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // guards error_ and calls of done_
  std::optional<Error> error_;
};

}  // namespace

Status for_each_batch(std::uint64_t chunks, unsigned threads,
                      const std::function<Worker()>& make_worker,
                      const std::function<void(const Batch&)>& done) {
  Run run(chunks, make_worker, done);
  const std::uint64_t batches = (chunks + kBatchChunks - 1) / kBatchChunks;
  {
    std::vector<std::jthread> others;
    try {
      for (std::uint64_t i = 1; i < std::min<std::uint64_t>(threads, batches); ++i) {
        others.emplace_back([&run] { run.work(); });
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those there are do the same work, later.
    }
    run.work();
  }
  return std::move(run).result();
}

ChunkBatch::ChunkBatch() : memory_(kBatchChunks * kStride) {
  for (std::size_t i = 0; i < kBatchChunks; ++i) {
    memory_.writable()[i * kStride + kLead - 1] = kLeafPrefix;
  }
}

std::span<std::uint8_t> ChunkBatch::chunk(std::size_t i, std::size_t length) {
  CLAUSTRUM_CHECK(i < kBatchChunks && length <= kChunkLen);
  return memory_.writable().subspan(i * kStride + kLead, length);
}

void ChunkBatch::hash_leaves(std::span<const std::size_t> lengths,
                             std::span<crypto::Sha256Digest> out, Engine engine) const {
  std::array<BytesView, kBatchChunks> pieces;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    pieces[i] = memory_.reveal().subspan(i * kStride + kLead - 1, 1 + lengths[i]);
  }
  sha256_many(std::span(pieces).first(lengths.size()), out, engine);
}

}  // namespace claustrum::sealed
