// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/issuer_cache.h"

#include "claustrum/base/writer.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence {
namespace {

// Both whole objects go in, each behind its length, so that no other pair has this key.
ByteArray<32> signature_key(BytesView issuer, BytesView signed_object) {
  ByteWriter head;
  head.text("claustrum signature cache v1").u64be(issuer.size()).u64be(signed_object.size());
  crypto::Hasher hasher(crypto::HashAlg::kSha256);
  hasher.update(head.view()).update(issuer).update(signed_object);
  return to_array<32>(hasher.finish());
}

}  // namespace

template <typename T>
void IssuerCache::Bounded<T>::add(const Key& key, T value, std::size_t capacity) {
  if (capacity == 0 || !values.emplace(key, std::move(value)).second) {
    return;
  }
  order.push_back(key);
  if (order.size() > capacity) {
    values.erase(order.front());
    order.pop_front();
  }
}

Status IssuerCache::check(BytesView issuer, BytesView signed_object,
                          const std::function<Status()>& verify) {
  const Key key = signature_key(issuer, signed_object);
  {
    const std::lock_guard lock(mutex_);
    if (signatures_.values.contains(key)) {
      return ok_status();
    }
  }
  CLAUSTRUM_TRY(verify());
  const std::lock_guard lock(mutex_);
  signatures_.add(key, Good{}, capacity_);
  return ok_status();
}

std::optional<crypto::Certificate> IssuerCache::find(BytesView der) const {
  const Key key = crypto::sha256(der);
  const std::lock_guard lock(mutex_);
  const auto at = certificates_.values.find(key);
  return at == certificates_.values.end() ? std::nullopt : std::optional(at->second);
}

void IssuerCache::remember(const crypto::Certificate& certificate) {
  const Key key = crypto::sha256(certificate.der());
  const std::lock_guard lock(mutex_);
  certificates_.add(key, certificate, capacity_);
}

std::size_t IssuerCache::signatures() const {
  const std::lock_guard lock(mutex_);
  return signatures_.values.size();
}

std::size_t IssuerCache::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_.values.size();
}

Status check_issued(IssuerCache* cache, BytesView issuer, BytesView signed_object,
                    const std::function<Status()>& verify) {
  return cache == nullptr ? verify() : cache->check(issuer, signed_object, verify);
}

Result<crypto::Certificate> read_certificate(const IssuerCache* cache, BytesView data) {
  if (cache != nullptr) {
    if (std::optional<crypto::Certificate> known = cache->find(data); known) {
      return *known;
    }
  }
  return crypto::Certificate::parse_der_or_pem(data);
}

}  // namespace claustrum::evidence
