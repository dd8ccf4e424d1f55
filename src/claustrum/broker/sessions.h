// SPDX-License-Identifier: Apache-2.0
// KBS sessions: a challenge each, minutes of life, a bounded number. One challenge serves one
// attestation; the session then keeps what was presented, to be judged again for each secret.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "claustrum/broker/judge.h"

namespace claustrum::broker {

struct Session {
  std::string id;  // 32 hex digits
  std::string nonce;
  std::string tee;
  Instant expires;
  std::mutex mutex;                            // held while one request of the session is served
  std::shared_ptr<const Presented> presented;  // set once attested
  std::string token;                           // the attestation token, once attested
  int refusals_logged = 0;
};

class Sessions {
 public:
  static constexpr std::size_t kMax = 10'000;
  static constexpr std::int64_t kLifeSeconds = 300;

  // unavailable "broker.sessions_full" when all places are taken by live sessions.
  Result<std::shared_ptr<Session>> open(std::string tee, Instant now);
  // unauthorised "broker.session" for an unknown or expired id.
  Result<std::shared_ptr<Session>> find(std::string_view id, Instant now);

 private:
  void drop_expired(Instant now);
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Session>, std::less<>> sessions_;
};

}  // namespace claustrum::broker
