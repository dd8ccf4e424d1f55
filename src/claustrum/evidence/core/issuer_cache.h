// SPDX-License-Identifier: Apache-2.0
// A memory of certificate and CRL signatures that were already found good. Whether a signature
// holds depends only on the two byte strings, so remembering it can never change a verdict: names,
// pins, times, revocation and key kinds are checked each time [PROTOCOL 3]. Failures are never
// stored. Guards against a warm path that skips more than the arithmetic.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <set>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence {

// Thread-safe. Holds 32-byte digests only; the oldest entry makes room for a new one.
class IssuerCache {
 public:
  explicit IssuerCache(std::size_t capacity = 256) : capacity_(capacity) {}

  // Did `issuer` (whole certificate, DER) sign `signed_object` (whole certificate or CRL, DER)?
  // `verify` answers where this pair was not seen before.
  Status check(BytesView issuer, BytesView signed_object, const std::function<Status()>& verify);
  std::size_t size() const;

 private:
  using Key = ByteArray<32>;
  mutable std::mutex mutex_;
  std::size_t capacity_;
  std::set<Key> known_;
  std::deque<Key> order_;
};

// Through the cache where there is one.
Status check_issued(IssuerCache* cache, BytesView issuer, BytesView signed_object,
                    const std::function<Status()>& verify);

}  // namespace claustrum::evidence
