// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/sessions.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"

namespace claustrum::broker {

void Sessions::drop_expired(Instant now) {
  std::erase_if(sessions_, [now](const auto& entry) { return entry.second->expires < now; });
}

Result<std::shared_ptr<Session>> Sessions::open(std::string tee, Instant now) {
  auto session = std::make_shared<Session>();
  session->id = codec::hex_encode(crypto::random_array<16>());
  session->nonce = codec::base64_encode(crypto::random_array<32>());
  session->tee = std::move(tee);
  session->expires = now + kLifeSeconds;
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= kMax) {
    drop_expired(now);
  }
  if (sessions_.size() >= kMax) {
    return Error(Code::kUnavailable, "broker.sessions_full", "too many open sessions, try later");
  }
  sessions_.emplace(session->id, session);
  return session;
}

Result<std::shared_ptr<Session>> Sessions::find(std::string_view id, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() ||
      !CLAUSTRUM_GUARD("broker.session_expiry", now <= found->second->expires)) {
    return Error(Code::kUnauthorised, "broker.session", "no such session: start again with /auth");
  }
  return found->second;
}

}  // namespace claustrum::broker
