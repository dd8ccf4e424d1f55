// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/sessions.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"

namespace claustrum::broker {

// All live equally long, so the oldest expire first.
void Sessions::drop_expired(Instant now) {
  while (!order_.empty()) {
    const auto oldest = table_.find(order_.front());
    if (oldest != table_.end() && now <= oldest->second.session->expires) {
      return;
    }
    if (oldest != table_.end()) {
      table_.erase(oldest);
    }
    order_.pop_front();
  }
}

bool Sessions::make_room() {
  while (!waiting_.empty()) {
    const auto oldest = table_.find(waiting_.front());
    waiting_.pop_front();
    if (oldest != table_.end() && !oldest->second.workload.has_value()) {
      table_.erase(oldest);
      return true;
    }
  }
  return false;
}

Result<std::shared_ptr<Session>> Sessions::open(std::string tee, Instant now) {
  auto session = std::make_shared<Session>();
  session->id = codec::hex_encode(crypto::random_array<16>());
  session->nonce = codec::base64_encode(crypto::random_array<32>());
  session->tee = std::move(tee);
  session->expires = now + kLifeSeconds;
  const std::lock_guard lock(mutex_);
  drop_expired(now);
  if (!CLAUSTRUM_GUARD("broker.sessions_full", table_.size() < max_ || make_room())) {
    return Error(Code::kUnavailable, "broker.sessions_full",
                 "too many attested sessions are open, try later");
  }
  table_.emplace(session->id, Place{session, std::nullopt, next_number_++});
  order_.push_back(session->id);
  waiting_.push_back(session->id);
  for (std::deque<std::string>* queue : {&order_, &waiting_}) {
    if (queue->size() > 2 * max_) {
      std::erase_if(*queue, [this](const std::string& id) { return !table_.contains(id); });
    }
  }
  return session;
}

Result<std::shared_ptr<Session>> Sessions::find(std::string_view id, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(id);
  if (found == table_.end() ||
      !CLAUSTRUM_GUARD("broker.session_expiry", now <= found->second.session->expires)) {
    return Error(Code::kUnauthorised, "broker.session", "no such session: start again with /auth");
  }
  return found->second.session;
}

void Sessions::keep(const std::string& id, const WorkloadId& workload) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(id);
  if (found == table_.end()) {
    return;  // made room meanwhile; the workload starts again
  }
  found->second.workload = workload;
  std::size_t held = 0;
  auto oldest = table_.end();
  for (auto place = table_.begin(); place != table_.end(); ++place) {
    if (place->second.workload == workload) {
      ++held;
      if (oldest == table_.end() || place->second.number < oldest->second.number) {
        oldest = place;
      }
    }
  }
  if (!CLAUSTRUM_GUARD("broker.workload_sessions", held <= kMaxPerWorkload)) {
    table_.erase(oldest);
  }
}

}  // namespace claustrum::broker
