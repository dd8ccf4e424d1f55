// SPDX-License-Identifier: Apache-2.0
// Rotation happens on use and once a second; both under the same lock.
#include "claustrum/gateway/server/key_ring.h"

#include "claustrum/base/guard.h"
#include "claustrum/crypto/random.h"

namespace claustrum::gateway {

namespace {

constexpr std::chrono::milliseconds kLook{1000};

std::shared_ptr<const channel::OhttpKey> make_key(std::uint8_t key_id, std::size_t max_requests) {
  return std::make_shared<const channel::OhttpKey>(
      key_id, crypto::HpkeKem::kX25519HkdfSha256,
      std::vector<channel::SymmetricSuite>{channel::SymmetricSuite{}},
      crypto::PrivateKey::generate(crypto::KeyKind::kX25519), max_requests);
}

}  // namespace

KeyRing::KeyRing(std::string service, crypto::PrivateKey identity, std::int64_t life_seconds,
                 const Clock& clock, std::size_t max_requests)
    : service_(std::move(service)),
      identity_(std::move(identity)),
      life_seconds_(life_seconds),
      clock_(clock),
      max_requests_(max_requests),
      replica_(crypto::random_array<16>()),
      receipt_key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256)),
      now_(clock.now()),
      current_(make_generation(now_)),
      watcher_([this] { watch(); }) {}

KeyRing::~KeyRing() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  watcher_.join();
}

void KeyRing::watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    rotate_if_due();
  }
}

KeyRing::Generation KeyRing::make_generation(Instant now) {
  std::shared_ptr<const channel::OhttpKey> key = make_key(next_key_id_++, max_requests_);
  document::KeysClaims claims;
  claims.service = service_;
  claims.replica = replica_;
  claims.ohttp_keys = channel::serialize_key_configs({key->config()});
  claims.receipt_key_spki = receipt_key_.public_key().spki();
  claims.not_before = now + -kSkewSeconds;
  claims.not_after = now + life_seconds_ + kOverlapSeconds;
  return {std::move(key), document::sign_keys(claims, identity_), now + life_seconds_};
}

void KeyRing::rotate_if_due() {
  now_ = std::max(now_, clock_.now());
  // A retired key must stop opening: what was recorded may be shown to it as long as it exists.
  if (!CLAUSTRUM_GUARD("gateway.server.key_overlap", now_ < previous_ends_)) {
    previous_.reset();
  }
  const bool spent = current_.key->replay().size() >= max_requests_;
  if (CLAUSTRUM_GUARD("gateway.server.key_life", now_ < current_.retires && !spent)) {
    return;
  }
  previous_ = current_.key;
  previous_ends_ = now_ + kOverlapSeconds;
  current_ = make_generation(now_);
  request_ids_.rotate();
}

Bytes KeyRing::keys_section() {
  const std::lock_guard lock(mutex_);
  rotate_if_due();
  return current_.section;
}

channel::OhttpKeys KeyRing::open_keys() {
  const std::lock_guard lock(mutex_);
  rotate_if_due();
  channel::OhttpKeys keys = {current_.key};
  if (previous_ != nullptr) {
    keys.push_back(previous_);
  }
  return keys;
}

}  // namespace claustrum::gateway
