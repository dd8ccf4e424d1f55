// SPDX-License-Identifier: Apache-2.0
// A replica's keys [PROTOCOL 6, 7]: made here, never stored, gone with this object. An HPKE key
// serves until 2^20 requests or its life are over; for a short overlap the one before it still
// opens, then it is destroyed, whether or not anybody asks: what was recorded on the wire stays
// closed to whoever takes this machine later. The receipt key lives as long as the replica.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "claustrum/channel/ohttp.h"
#include "claustrum/document/keys.h"
#include "claustrum/gateway/server/request_ids.h"

namespace claustrum::gateway {

class KeyRing {
 public:
  static constexpr std::int64_t kOverlapSeconds = 120;
  // Keys are valid a little before they were made: clients' clocks differ.
  static constexpr std::int64_t kSkewSeconds = 300;

  // `identity` signs every key configuration (P-256). A thread looks at `clock` every second. It
  // never counts backwards: a host that sets the clock back gains no longer life of a key.
  KeyRing(std::string service, crypto::PrivateKey identity, std::int64_t life_seconds,
          const Clock& clock, std::size_t max_requests = channel::ReplayMemory::kMaxEntries);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // The current signed keys section; rotates first when that is due.
  Bytes keys_section();
  // Every key that still opens requests.
  channel::OhttpKeys open_keys();
  const ByteArray<16>& replica() const { return replica_; }
  const std::string& service() const { return service_; }
  const crypto::PrivateKey& receipt_key() const { return receipt_key_; }
  RequestIds& request_ids() { return request_ids_; }

 private:
  struct Generation {
    std::shared_ptr<const channel::OhttpKey> key;
    Bytes section;
    Instant retires;
  };
  Generation make_generation(Instant now);
  void rotate_if_due();
  void watch();

  const std::string service_;
  const crypto::PrivateKey identity_;
  const std::int64_t life_seconds_;
  const Clock& clock_;
  const std::size_t max_requests_;
  const ByteArray<16> replica_;
  const crypto::PrivateKey receipt_key_;
  RequestIds request_ids_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Instant now_;  // the latest the clock ever said
  std::uint8_t next_key_id_ = 0;
  Generation current_;
  std::shared_ptr<const channel::OhttpKey> previous_;
  Instant previous_ends_;
  std::thread watcher_;
};

}  // namespace claustrum::gateway
