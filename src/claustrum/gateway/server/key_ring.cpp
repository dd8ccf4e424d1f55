// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/key_ring.h"

#include "claustrum/base/guard.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

KeyRing::KeyRing(std::string service, crypto::PrivateKey identity, std::int64_t life_seconds,
                 const Clock& clock)
    : service_(std::move(service)),
      identity_(std::move(identity)),
      life_seconds_(life_seconds),
      clock_(clock),
      replica_(crypto::random_array<16>()),
      receipt_key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256)),
      current_(make_generation(clock.now())) {}

KeyRing::Generation KeyRing::make_generation(Instant now) {
  std::shared_ptr<const channel::OhttpKey> key = channel::OhttpKey::generate(next_key_id_++);
  document::KeysClaims claims;
  claims.service = service_;
  claims.replica = replica_;
  claims.ohttp_keys = channel::serialize_key_configs({key->config()});
  claims.receipt_key_spki = receipt_key_.public_key().spki();
  claims.not_before = now;
  claims.not_after = now + life_seconds_ + kOverlapSeconds;
  return {std::move(key), document::sign_keys(claims, identity_), now + life_seconds_};
}

void KeyRing::rotate_if_due(Instant now) {
  // A retired key must stop opening: what was recorded may be shown to it as long as it exists.
  const bool overlap = CLAUSTRUM_GUARD("gateway.server.key_overlap", now <= previous_ends_);
  if (!overlap) {
    previous_.reset();
  }
  const bool spent = current_.key->replay().size() >= channel::ReplayMemory::kMaxEntries;
  if (now < current_.retires && !spent) {
    return;
  }
  previous_ = current_.key;
  previous_ends_ = now + kOverlapSeconds;
  current_ = make_generation(now);
  request_ids_.rotate();
}

Bytes KeyRing::keys_section() {
  const std::lock_guard lock(mutex_);
  rotate_if_due(clock_.now());
  return current_.section;
}

channel::OhttpKeys KeyRing::open_keys() {
  const std::lock_guard lock(mutex_);
  rotate_if_due(clock_.now());
  channel::OhttpKeys keys = {current_.key};
  if (previous_ != nullptr) {
    keys.push_back(previous_);
  }
  return keys;
}

}  // namespace claustrum::gateway
