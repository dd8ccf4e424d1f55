// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists as signed statements [RFC 5280 5]. Indirect, delta and partitioned
// lists mark themselves with critical extensions; they say less than a full list, so any critical
// extension is refused. The list is read by hand: d2i_X509_CRL also hashes it and resolves names
// and entries for look-ups of its own, three times the work of all that is read here.
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/crypto/x509_extensions.h"
#include "claustrum/crypto/x509_fields.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxCrl = 4 << 20;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::uint8_t kCrlNumber[] = {0x55, 0x1d, 0x14};          // 2.5.29.20
constexpr std::uint8_t kDeltaIndicator[] = {0x55, 0x1d, 0x1b};     // 2.5.29.27
constexpr std::uint8_t kDistributionPoint[] = {0x55, 0x1d, 0x1c};  // 2.5.29.28
constexpr std::uint8_t kCertificateIssuer[] = {0x55, 0x1d, 0x1d};  // 2.5.29.29
constexpr std::size_t kMaxRevoked = 100'000;

Error critical_extension() {
  return Error(Code::kUnsupported, "crl.critical_extension", "not a plain, complete CRL");
}

Error not_a_crl() {
  return Error(Code::kMalformed, "x509.der", "not a CRL");
}

// By their identifiers too: an issuer that forgets to mark them critical still means them.
bool is_partial(std::span<const ExtensionView> list) {
  return any_critical(list) || find_extension(list, kDeltaIndicator) != nullptr ||
         find_extension(list, kDistributionPoint) != nullptr ||
         find_extension(list, kCertificateIssuer) != nullptr;
}

bool before(BytesView a, BytesView b) {
  return std::ranges::lexicographical_compare(a, b);
}

// Views into `list`, sorted.
Result<std::vector<BytesView>> revoked_serials(BytesView list) {
  CLAUSTRUM_TRY_ASSIGN(const std::vector<RevokedView> entries, split_revoked(list, kMaxRevoked));
  std::vector<BytesView> serials;
  serials.reserve(entries.size());
  for (const RevokedView& entry : entries) {
    CLAUSTRUM_TRY_ASSIGN(const std::vector<ExtensionView> extensions,
                         split_extensions(entry.extensions, kMaxExtensions));
    if (!CLAUSTRUM_GUARD("crypto.crl.critical_entry", !is_partial(extensions))) {
      return critical_extension();
    }
    serials.push_back(without_zeros(entry.serial));
  }
  std::sort(serials.begin(), serials.end(), before);
  return serials;
}

// A list may have none; two would be two answers.
Result<std::optional<Bytes>> crl_number(std::span<const ExtensionView> list) {
  const ExtensionView* const found = find_extension(list, kCrlNumber);
  if (found == nullptr) {
    return std::optional<Bytes>();
  }
  codec::DerReader reader(found->value, "CRL number");
  const BytesView number = reader.element(codec::kDerInteger);
  const auto after = static_cast<std::size_t>(found - list.data()) + 1;
  if (find_extension(list.subspan(after), kCrlNumber) != nullptr || !reader.finish().ok() ||
      number.empty() || number[0] >= 0x80) {
    return Error(Code::kMalformed, "crl.number", "CRL number twice or not a number");
  }
  return std::optional<Bytes>(minimal_magnitude(number));
}

Result<Instant> time_of(BytesView der) {
  const Owned<ASN1_TIME> time = time_from(der);
  if (time == nullptr) {
    return not_a_crl();
  }
  return instant_of(time.get());
}

Result<std::optional<Instant>> next_update_of(BytesView der) {
  if (der.empty()) {
    return std::optional<Instant>();
  }
  CLAUSTRUM_TRY_ASSIGN(const Instant at, time_of(der));
  return std::optional<Instant>(at);
}

}  // namespace

struct Crl::Impl {
  Bytes der;
  Bytes issuer_der;
  Instant this_update;
  std::optional<Instant> next_update;
  std::optional<Bytes> number;
  std::vector<BytesView> revoked;  // into der, sorted
};

Result<Crl> Crl::parse(BytesView received) {
  if (received.size() > kMaxCrl) {
    return Error(Code::kExhausted, "crl.size", "larger than 4 MiB");
  }
  Bytes der = to_bytes(received);
  CLAUSTRUM_TRY_ASSIGN(const SignedDerView whole, split_signed(der, SignedKind::kCrl));
  CLAUSTRUM_TRY_ASSIGN(const TbsCrlView parts, split_tbs_crl(whole.tbs));
  CLAUSTRUM_TRY_ASSIGN(const std::vector<ExtensionView> extensions,
                       split_extensions(parts.extensions, kMaxExtensions));
  if (!CLAUSTRUM_GUARD("crypto.crl.critical", !is_partial(extensions))) {
    return critical_extension();
  }
  CLAUSTRUM_TRY_ASSIGN(const Instant this_update, time_of(parts.this_update));
  CLAUSTRUM_TRY_ASSIGN(const std::optional<Instant> next_update, next_update_of(parts.next_update));
  CLAUSTRUM_TRY_ASSIGN(std::optional<Bytes> number, crl_number(extensions));
  CLAUSTRUM_TRY_ASSIGN(std::vector<BytesView> revoked, revoked_serials(parts.revoked));
  Bytes issuer = to_bytes(parts.issuer);
  return Crl(
      std::make_shared<const Impl>(Impl{std::move(der), std::move(issuer), this_update, next_update,
                                        std::move(number), std::move(revoked)}));
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
  return std::binary_search(impl_->revoked.begin(), impl_->revoked.end(), without_zeros(serial),
                            before);
}

std::size_t Crl::revoked_count() const {
  return impl_->revoked.size();
}

}  // namespace claustrum::crypto
