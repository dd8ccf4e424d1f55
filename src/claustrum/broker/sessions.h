// SPDX-License-Identifier: Apache-2.0
// KBS sessions: a challenge each, minutes of life, a bounded number. One challenge serves one
// attestation; the session then keeps what was presented, to be judged again for each secret.
// Guards against callers that fill the table: who only asked for a challenge makes room for
// newcomers, and one workload holds a bounded number of places.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "claustrum/broker/judge.h"

namespace claustrum::broker {

struct Session {
  // Fixed before anybody else sees the session.
  std::string id;  // 32 hex digits
  std::string nonce;
  std::string tee;
  Instant expires;

  std::mutex mutex;  // of what follows; held while one request of the session is served
  bool challenge_used = false;
  std::shared_ptr<const Presented> presented;  // set once attested
  std::optional<WorkloadId> workload;          // as attested
  std::string token;                           // the attestation token, once attested
};

// Thread-safe.
class Sessions {
 public:
  static constexpr std::size_t kMax = 10'000;
  static constexpr std::size_t kMaxPerWorkload = 64;
  static constexpr std::int64_t kLifeSeconds = 300;

  explicit Sessions(std::size_t max = kMax) : max_(max) {}

  // When full, the oldest session that is not attested makes room; unavailable
  // "broker.sessions_full" when all are.
  Result<std::shared_ptr<Session>> open(std::string tee, Instant now);
  // unauthorised "broker.session" for an unknown or expired id.
  Result<std::shared_ptr<Session>> find(std::string_view id, Instant now);
  // Attested: keeps its place until it expires. Beyond kMaxPerWorkload the workload's oldest goes.
  void keep(const std::string& id, const WorkloadId& workload);

 private:
  struct Place {
    std::shared_ptr<Session> session;
    std::optional<WorkloadId> workload;  // set once attested
    std::uint64_t number = 0;            // in order of opening
  };
  using Table = std::map<std::string, Place, std::less<>>;

  void drop_expired(Instant now);
  bool make_room();

  std::size_t max_;
  std::mutex mutex_;
  Table table_;
  std::deque<std::string> order_;    // of opening; ids gone since are passed over
  std::deque<std::string> waiting_;  // not attested when opened, in order
  std::uint64_t next_number_ = 0;
};

}  // namespace claustrum::broker
