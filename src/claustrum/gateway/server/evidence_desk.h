// SPDX-License-Identifier: Apache-2.0
// Answers clients' nonces with evidence documents [PROTOCOL 2 "Many clients, one report"]. Real
// hardware gives a report in milliseconds to seconds, so one report answers all nonces that came in
// one tick; each client gets the inclusion path of its own. The queue is bounded.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "claustrum/attest/core/attester.h"
#include "claustrum/document/evidence_document.h"

namespace claustrum::gateway {

struct EvidenceDeskOptions {
  int tick_ms = 100;
  std::size_t max_queue = document::kMaxBatch;  // and of one report; at most kMaxBatch
  std::size_t max_issued = 65'536;              // documents remembered for receipts
};

class EvidenceDesk {
 public:
  // `sections` carries everything but cpu, batch and keys; `keys` gives the current keys section.
  EvidenceDesk(attest::Attester& attester, document::EvidenceDocument sections,
               std::function<Bytes()> keys, EvidenceDeskOptions options);
  ~EvidenceDesk();
  EvidenceDesk(const EvidenceDesk&) = delete;
  EvidenceDesk& operator=(const EvidenceDesk&) = delete;

  // Blocks until the tick's report is there. unavailable "gateway.evidence_busy" when the queue is
  // full or this is being destroyed; the attester's error when it gives no evidence.
  Result<std::string> document_for(const document::Nonce& nonce);
  // Was a document of this SHA-256 issued here (and not forgotten yet)?
  bool issued(const crypto::Sha256Digest& digest) const;

 private:
  struct Waiting {
    document::Nonce nonce;
    std::promise<Result<std::string>> answer;
  };
  void work();
  void answer(std::vector<Waiting> batch);
  void remember(std::string_view document);

  attest::Attester& attester_;
  const document::EvidenceDocument sections_;
  const std::function<Bytes()> keys_;
  const EvidenceDeskOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;
  std::set<crypto::Sha256Digest> issued_;
  std::vector<crypto::Sha256Digest> issued_order_;  // ring, oldest overwritten first
  std::size_t issued_next_ = 0;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace claustrum::gateway
