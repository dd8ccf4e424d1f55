// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists as signed statements [RFC 5280 5]. Indirect, delta and partitioned
// lists mark themselves with critical extensions; they say less than a full list, so any critical
// extension is refused.
#include <openssl/x509v3.h>

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/crypto/x509_fields.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxCrl = 4 << 20;
constexpr int kMaxRevoked = 100'000;

Error critical_extension() {
  return Error(Code::kUnsupported, "crl.critical_extension", "not a plain, complete CRL");
}

Result<std::vector<Bytes>> revoked_serials(X509_CRL* crl) {
  std::vector<Bytes> serials;
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl);
  const int count = entries == nullptr ? 0 : sk_X509_REVOKED_num(entries);
  if (count > kMaxRevoked) {
    return Error(Code::kExhausted, "crl.size", "too many revoked certificates");
  }
  for (int i = 0; i < count; ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    if (!CLAUSTRUM_GUARD("crypto.crl.critical_entry",
                         X509_REVOKED_get_ext_by_critical(entry, 1, -1) < 0)) {
      return critical_extension();
    }
    CLAUSTRUM_TRY_ASSIGN(Bytes serial, magnitude_of(X509_REVOKED_get0_serialNumber(entry)));
    serials.push_back(std::move(serial));
  }
  std::sort(serials.begin(), serials.end());
  return serials;
}

Result<std::optional<Bytes>> crl_number(const X509_CRL* crl) {
  int critical = 0;
  const Owned<ASN1_INTEGER> number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, &critical, nullptr)));
  ERR_clear_error();
  if (number == nullptr) {
    if (critical != -1) {
      return Error(Code::kMalformed, "crl.number", "CRL number twice or not a number");
    }
    return std::optional<Bytes>();
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes magnitude, magnitude_of(number.get()));
  return std::optional<Bytes>(std::move(magnitude));
}

Result<std::optional<Instant>> next_update_of(const X509_CRL* crl) {
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(crl);
  if (time == nullptr) {
    return std::optional<Instant>();
  }
  CLAUSTRUM_TRY_ASSIGN(const Instant at, instant_of(time));
  return std::optional<Instant>(at);
}

}  // namespace

struct Crl::Impl {
  Bytes der;
  Bytes issuer_der;
  Instant this_update;
  std::optional<Instant> next_update;
  std::optional<Bytes> number;
  std::vector<Bytes> revoked;  // sorted
};

Result<Crl> Crl::parse(BytesView der) {
  if (der.size() > kMaxCrl) {
    return Error(Code::kExhausted, "crl.size", "larger than 4 MiB");
  }
  CLAUSTRUM_TRY(split_signed(der, SignedKind::kCrl));
  const std::uint8_t* cursor = der.data();
  const Owned<X509_CRL> crl(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size())));
  ERR_clear_error();
  if (crl == nullptr || cursor != der.data() + der.size()) {
    return Error(Code::kMalformed, "x509.der", "not a CRL");
  }
  if (!CLAUSTRUM_GUARD("crypto.crl.critical", X509_CRL_get_ext_by_critical(crl.get(), 1, -1) < 0)) {
    return critical_extension();
  }
  CLAUSTRUM_TRY_ASSIGN(const Instant this_update, instant_of(X509_CRL_get0_lastUpdate(crl.get())));
  CLAUSTRUM_TRY_ASSIGN(const std::optional<Instant> next_update, next_update_of(crl.get()));
  CLAUSTRUM_TRY_ASSIGN(std::optional<Bytes> number, crl_number(crl.get()));
  CLAUSTRUM_TRY_ASSIGN(std::vector<Bytes> revoked, revoked_serials(crl.get()));
  return Crl(std::make_shared<const Impl>(
      Impl{to_bytes(der), der_of(X509_CRL_get_issuer(crl.get()), i2d_X509_NAME), this_update,
           next_update, std::move(number), std::move(revoked)}));
}

Bytes Crl::issuer_der() const {
  return impl_->issuer_der;
}

Instant Crl::this_update() const {
  return impl_->this_update;
}

std::optional<Instant> Crl::next_update() const {
  return impl_->next_update;
}

std::optional<Bytes> Crl::number() const {
  return impl_->number;
}

Status Crl::verify_issued_by(const Certificate& issuer) const {
  if (!CLAUSTRUM_GUARD("crypto.crl.issuer_name", issuer_der() == issuer.subject_der())) {
    return Error(Code::kMismatch, "crl.issuer", "issuer name is not the issuer's subject name");
  }
  if (!CLAUSTRUM_GUARD("crypto.crl.issuer_may_sign", issuer.may_sign_crls())) {
    return Error(Code::kMismatch, "crl.issuer_not_ca", "the issuer may not sign CRLs");
  }
  CLAUSTRUM_TRY_ASSIGN(const SignedDerView parts, split_signed(impl_->der, SignedKind::kCrl));
  return verify_signed(parts, issuer.public_key(), "crl.signature");
}

Status Crl::check_time(Instant now) const {
  if (!CLAUSTRUM_GUARD("crypto.crl.this_update", impl_->this_update <= now)) {
    return Error(Code::kNotYetValid, "crl.not_yet_valid",
                 "issued " + format_rfc3339(impl_->this_update));
  }
  if (!CLAUSTRUM_GUARD("crypto.crl.next_update",
                       impl_->next_update && now <= *impl_->next_update)) {
    return Error(Code::kStale, "crl.stale", "the next update is overdue");
  }
  return ok_status();
}

bool Crl::revokes(BytesView serial) const {
  return std::binary_search(impl_->revoked.begin(), impl_->revoked.end(),
                            minimal_magnitude(serial));
}

std::size_t Crl::revoked_count() const {
  return impl_->revoked.size();
}

}  // namespace claustrum::crypto
