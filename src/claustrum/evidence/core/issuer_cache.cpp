// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/issuer_cache.h"

#include "claustrum/base/writer.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence {
namespace {

// Both whole objects go in, each behind its length, so that no other pair has this key.
ByteArray<32> key_of(BytesView issuer, BytesView signed_object) {
  ByteWriter lengths;
  lengths.text("claustrum issuer cache v1").u64be(issuer.size()).u64be(signed_object.size());
  crypto::Hasher hasher(crypto::HashAlg::kSha256);
  hasher.update(lengths.view()).update(issuer).update(signed_object);
  return to_array<32>(hasher.finish());
}

}  // namespace

Status IssuerCache::check(BytesView issuer, BytesView signed_object,
                          const std::function<Status()>& verify) {
  const Key key = key_of(issuer, signed_object);
  {
    const std::lock_guard lock(mutex_);
    if (known_.contains(key)) {
      return ok_status();
    }
  }
  CLAUSTRUM_TRY(verify());
  const std::lock_guard lock(mutex_);
  if (capacity_ == 0 || !known_.insert(key).second) {
    return ok_status();
  }
  order_.push_back(key);
  if (order_.size() > capacity_) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return ok_status();
}

std::size_t IssuerCache::size() const {
  const std::lock_guard lock(mutex_);
  return known_.size();
}

Status check_issued(IssuerCache* cache, BytesView issuer, BytesView signed_object,
                    const std::function<Status()>& verify) {
  return cache == nullptr ? verify() : cache->check(issuer, signed_object, verify);
}

}  // namespace claustrum::evidence
