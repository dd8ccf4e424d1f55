// SPDX-License-Identifier: Apache-2.0
// One thread asks the hardware; the rest wait for it.
#include "claustrum/gateway/server/evidence_desk.h"

#include <algorithm>
#include <chrono>

#include "claustrum/base/guard.h"

namespace claustrum::gateway {

EvidenceDesk::EvidenceDesk(attest::Attester& attester, document::EvidenceDocument sections,
                           std::function<Bytes()> keys, EvidenceDeskOptions options)
    : attester_(attester),
      sections_(std::move(sections)),
      keys_(std::move(keys)),
      options_{options.tick_ms, std::clamp<std::size_t>(options.max_queue, 1, document::kMaxBatch),
               std::max<std::size_t>(options.max_issued, 1)},
      worker_([this] { work(); }) {}

EvidenceDesk::~EvidenceDesk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  worker_.join();
}

Result<std::string> EvidenceDesk::document_for(const document::Nonce& nonce) {
  std::future<Result<std::string>> answer;
  {
    const std::lock_guard lock(mutex_);
    const bool room = !stopping_ && queue_.size() < options_.max_queue;
    if (!CLAUSTRUM_GUARD("gateway.server.evidence_queue", room)) {
      return Error(Code::kUnavailable, "gateway.evidence_busy", "try again in a second");
    }
    Waiting waiting{nonce, {}};
    answer = waiting.answer.get_future();
    queue_.push_back(std::move(waiting));
    // Still under the lock: a desk that is being closed must not go before this was said.
    wake_.notify_one();
  }
  return answer.get();
}

bool EvidenceDesk::issued(const crypto::Sha256Digest& digest) const {
  const std::lock_guard lock(mutex_);
  return issued_.contains(digest);
}

void EvidenceDesk::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (!stopping_) {
      // Collect whoever comes within the tick.
      (void)wake_.wait_for(lock, std::chrono::milliseconds(options_.tick_ms),
                           [this] { return stopping_ || queue_.size() >= options_.max_queue; });
    }
    std::vector<Waiting> batch;
    batch.swap(queue_);
    lock.unlock();
    answer(std::move(batch));
    lock.lock();
    if (stopping_ && queue_.empty()) {
      return;
    }
  }
}

void EvidenceDesk::answer(std::vector<Waiting> batch) {
  if (batch.empty()) {
    return;
  }
  std::vector<document::Nonce> nonces;
  for (const Waiting& waiting : batch) {
    nonces.push_back(waiting.nonce);
  }
  const document::Batch tree = document::make_batch(nonces);
  document::EvidenceDocument made = sections_;
  made.keys = keys_();
  const Result<attest::RawEvidence> evidence =
      attester_.collect(document::report_data(made.role, tree.root, made.sections()));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!evidence.ok()) {
      batch[i].answer.set_value(evidence.error());
      continue;
    }
    made.platform = evidence->platform;
    made.evidence = evidence->evidence;
    made.collateral = evidence->collateral;
    made.batch = tree.proofs[i];
    std::string text = document::serialize(made);
    remember(text);
    batch[i].answer.set_value(std::move(text));
  }
}

void EvidenceDesk::remember(std::string_view document) {
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes(document));
  const std::lock_guard lock(mutex_);
  if (!issued_.insert(digest).second) {
    return;
  }
  if (issued_order_.size() < options_.max_issued) {
    issued_order_.push_back(digest);
    return;
  }
  issued_.erase(issued_order_[issued_next_]);
  issued_order_[issued_next_] = digest;
  issued_next_ = (issued_next_ + 1) % issued_order_.size();
}

}  // namespace claustrum::gateway
