// SPDX-License-Identifier: Apache-2.0
// A memory of certificates already read and of signatures already found good. What certificate some
// bytes are, and whether one object signed another, depends on those bytes only, so remembering it
// can never change a verdict: names, pins, times, revocation and key kinds are judged each time
// [PROTOCOL 3]. Failures are never stored. Guards against a warm path that skips more than
// arithmetic.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "claustrum/crypto/x509.h"

namespace claustrum::evidence {

// Thread-safe and bounded; the oldest entry makes room for a new one.
class IssuerCache {
 public:
  explicit IssuerCache(std::size_t capacity = 256) : capacity_(capacity) {}

  // Did `issuer` (whole certificate, DER) sign `signed_object` (whole certificate or CRL, DER)?
  // `verify` answers where this pair was not seen before.
  Status check(BytesView issuer, BytesView signed_object, const std::function<Status()>& verify);
  // The certificate with exactly this DER, if it was remembered.
  std::optional<crypto::Certificate> find(BytesView der) const;
  // For certificates whose chain held, lest strangers' certificates push out the useful ones.
  void remember(const crypto::Certificate& certificate);
  std::size_t signatures() const;
  std::size_t certificates() const;

 private:
  using Key = ByteArray<32>;
  template <typename T>
  struct Bounded {
    std::map<Key, T> values;
    std::deque<Key> order;
    void add(const Key& key, T value, std::size_t capacity);
  };
  struct Good {};
  mutable std::mutex mutex_;
  std::size_t capacity_;
  Bounded<Good> signatures_;
  Bounded<crypto::Certificate> certificates_;
};

// Through the cache where there is one.
Status check_issued(IssuerCache* cache, BytesView issuer, BytesView signed_object,
                    const std::function<Status()>& verify);
// DER or PEM; PEM is always read anew.
Result<crypto::Certificate> read_certificate(const IssuerCache* cache, BytesView data);

}  // namespace claustrum::evidence
