// SPDX-License-Identifier: Apache-2.0
// Certificates. OpenSSL reads names and times; shape, extensions, key, algorithm and signature are
// ours (signed_der, x509_extensions, keys). d2i_X509 is not used: it decodes the key on its own
// account, which takes as long as two signature checks.
#include "claustrum/crypto/x509.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/x509_extensions.h"
#include "claustrum/crypto/x509_fields.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxCertificate = 16384;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::uint8_t kBasicConstraints[] = {0x55, 0x1d, 0x13};  // 2.5.29.19
constexpr std::uint8_t kKeyUsage[] = {0x55, 0x1d, 0x0f};          // 2.5.29.15
constexpr std::uint8_t kKeyCertSign = 0x80 >> 5;                  // RFC 5280 4.2.1.3
constexpr std::uint8_t kCrlSign = 0x80 >> 6;
constexpr std::uint8_t kBoolean = 0x01;

// The extensions this file itself acts on.
struct Constraints {
  bool ca = false;
  bool may_sign_certificates = true;  // keyUsage allows it, or there is none
  bool may_sign_crls = true;
};

Error bad_extension(std::string_view text) {
  return Error(Code::kMalformed, "x509.extension", std::string(text));
}

Status check_extensions(std::span<const ExtensionView> list) {
  // RFC 5280 4.2: one instance each; readers that differ on which one counts can be played off.
  if (!CLAUSTRUM_GUARD("crypto.x509.duplicate_extension", !any_twice(list))) {
    return bad_extension("an extension appears twice");
  }
  return ok_status();
}

// SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
std::optional<bool> ca_of(BytesView basic_constraints) {
  codec::DerReader outer(basic_constraints, "basicConstraints");
  codec::DerReader body = outer.sequence();
  bool ca = false;
  if (!body.done() && body.peek_tag() == kBoolean) {
    const BytesView value = body.element(kBoolean);
    if (value.size() != 1 || (value[0] != 0x00 && value[0] != 0xff)) {
      return std::nullopt;
    }
    ca = value[0] == 0xff;
  }
  if (!body.done()) {
    (void)body.integer();
  }
  return body.finish().ok() && outer.finish().ok() ? std::optional(ca) : std::nullopt;
}

// The first eight bits of a BIT STRING whose padding is zero.
std::optional<std::uint8_t> usage_of(BytesView key_usage) {
  codec::DerReader reader(key_usage, "keyUsage");
  const BytesView bits = reader.element(codec::kDerBitString);
  if (!reader.finish().ok() || bits.empty() || bits[0] > 7 || (bits.size() == 1 && bits[0] != 0) ||
      (bits.back() & ((1U << bits[0]) - 1)) != 0) {
    return std::nullopt;
  }
  return bits.size() == 1 ? std::uint8_t{0} : bits[1];
}

Result<Constraints> constraints_of(std::span<const ExtensionView> list) {
  Constraints out;
  if (const ExtensionView* basic = find_extension(list, kBasicConstraints); basic != nullptr) {
    const std::optional<bool> ca = ca_of(basic->value);
    if (!ca) {
      return bad_extension("basicConstraints");
    }
    out.ca = *ca;
  }
  if (const ExtensionView* usage = find_extension(list, kKeyUsage); usage != nullptr) {
    const std::optional<std::uint8_t> bits = usage_of(usage->value);
    if (!bits) {
      return bad_extension("keyUsage");
    }
    out.may_sign_certificates = (*bits & kKeyCertSign) != 0;
    out.may_sign_crls = (*bits & kCrlSign) != 0;
  }
  return out;
}

Error not_a_certificate() {
  return Error(Code::kMalformed, "x509.der", "not a certificate");
}

// Non-negative, as RFC 5280 4.1.2.2 demands, and in its one spelling.
Result<Bytes> serial_of(BytesView contents) {
  const bool padded = contents.size() > 1 && contents[0] == 0 && contents[1] < 0x80;
  if (contents[0] >= 0x80 || padded) {
    return Error(Code::kMalformed, "x509.serial", "negative, or not minimal");
  }
  return minimal_magnitude(contents);
}

}  // namespace

// Names stay bytes, of the subject the common name is read. The issuer's name is no more: it counts
// only where it equals, byte for byte, the subject of a certificate that was read.
struct Certificate::Impl {
  Bytes der;
  TbsCertificateView parts;  // views into der
  std::string subject_cn;
  std::vector<ExtensionView> extensions;  // views into der
  PublicKey key;
  Bytes serial;
  Instant not_before;
  Instant not_after;
  Constraints constraints;
};

Result<Certificate> Certificate::parse(BytesView received) {
  if (received.size() > kMaxCertificate) {
    return Error(Code::kExhausted, "x509.size", "larger than 16 KiB");
  }
  Bytes der = to_bytes(received);
  CLAUSTRUM_TRY_ASSIGN(const SignedDerView whole, split_signed(der, SignedKind::kCertificate));
  CLAUSTRUM_TRY_ASSIGN(const TbsCertificateView parts, split_tbs_certificate(whole.tbs));
  std::optional<std::string> subject_cn = common_name_in(parts.subject);
  CLAUSTRUM_TRY_ASSIGN(std::vector<ExtensionView> extensions,
                       split_extensions(parts.extensions, kMaxExtensions));
  const Owned<ASN1_TIME> from = time_from(parts.not_before);
  const Owned<ASN1_TIME> until = time_from(parts.not_after);
  if (!subject_cn || from == nullptr || until == nullptr) {
    return not_a_certificate();
  }
  CLAUSTRUM_TRY(check_extensions(extensions));
  CLAUSTRUM_TRY_ASSIGN(const Constraints constraints, constraints_of(extensions));
  CLAUSTRUM_TRY_ASSIGN(PublicKey key, PublicKey::from_spki(parts.spki));
  CLAUSTRUM_TRY_ASSIGN(Bytes serial, serial_of(parts.serial));
  CLAUSTRUM_TRY_ASSIGN(const Instant not_before, instant_of(from.get()));
  CLAUSTRUM_TRY_ASSIGN(const Instant not_after, instant_of(until.get()));
  return Certificate(std::make_shared<const Impl>(
      Impl{std::move(der), parts, std::move(*subject_cn), std::move(extensions), std::move(key),
           std::move(serial), not_before, not_after, constraints}));
}

Result<Certificate> Certificate::parse_der_or_pem(BytesView data) {
  if (!codec::looks_like_pem(data)) {
    return parse(data);
  }
  CLAUSTRUM_TRY_ASSIGN(const std::vector<codec::PemBlock> blocks, codec::pem_decode(data));
  if (blocks.size() != 1 || blocks[0].label != "CERTIFICATE") {
    return Error(Code::kMalformed, "x509.pem", "expected exactly one CERTIFICATE block");
  }
  return parse(blocks[0].der);
}

const Bytes& Certificate::der() const {
  return impl_->der;
}

Sha256Digest Certificate::fingerprint() const {
  return sha256(impl_->der);
}

const PublicKey& Certificate::public_key() const {
  return impl_->key;
}

Bytes Certificate::subject_der() const {
  return to_bytes(impl_->parts.subject);
}

Bytes Certificate::issuer_der() const {
  return to_bytes(impl_->parts.issuer);
}

std::string Certificate::subject_cn() const {
  return impl_->subject_cn;
}

std::string Certificate::issuer_cn() const {
  return common_name_in(impl_->parts.issuer).value_or(std::string());
}

std::string Certificate::subject_text() const {
  return name_text(name_from(impl_->parts.subject).get());
}

Bytes Certificate::serial() const {
  return impl_->serial;
}

Instant Certificate::not_before() const {
  return impl_->not_before;
}

Instant Certificate::not_after() const {
  return impl_->not_after;
}

bool Certificate::is_ca() const {
  return impl_->constraints.ca;
}

bool Certificate::may_sign_crls() const {
  return impl_->constraints.ca && impl_->constraints.may_sign_crls;
}

bool Certificate::is_self_issued() const {
  return subject_der() == issuer_der();
}

std::optional<Bytes> Certificate::extension(std::string_view oid) const {
  const std::optional<Bytes> wanted = oid_from_dotted(oid);
  CLAUSTRUM_CHECK(wanted.has_value());
  const ExtensionView* const found = find_extension(impl_->extensions, *wanted);
  return found == nullptr ? std::nullopt : std::optional(to_bytes(found->value));
}

std::vector<std::string> Certificate::unhandled_critical_extensions() const {
  std::vector<std::string> out;
  for (const ExtensionView& extension : impl_->extensions) {
    if (extension.critical && !equal(extension.oid, kBasicConstraints) &&
        !equal(extension.oid, kKeyUsage)) {
      out.push_back(oid_text(extension.oid));
    }
  }
  return out;
}

Status Certificate::verify_issued_by(const Certificate& issuer) const {
  // Byte for byte: stricter than RFC 5280 7.1, and true of every chain vendors serve.
  if (!CLAUSTRUM_GUARD("crypto.x509.issuer_name", issuer_der() == issuer.subject_der())) {
    return Error(Code::kMismatch, "x509.issuer", "issuer name is not the issuer's subject name");
  }
  // Without this, every leaf key of the vendor could make certificates.
  if (!CLAUSTRUM_GUARD("crypto.x509.issuer_is_ca",
                       issuer.is_ca() && issuer.impl_->constraints.may_sign_certificates)) {
    return Error(Code::kMismatch, "x509.issuer_not_ca", "the issuer may not sign certificates");
  }
  CLAUSTRUM_TRY_ASSIGN(const SignedDerView parts,
                       split_signed(impl_->der, SignedKind::kCertificate));
  return verify_signed(parts, issuer.public_key(), "x509.signature");
}

Status Certificate::check_time(Instant now) const {
  if (!CLAUSTRUM_GUARD("crypto.x509.not_before", impl_->not_before <= now)) {
    return Error(Code::kNotYetValid, "x509.not_yet_valid",
                 "valid from " + format_rfc3339(impl_->not_before));
  }
  if (!CLAUSTRUM_GUARD("crypto.x509.not_after", now <= impl_->not_after)) {
    return Error(Code::kExpired, "x509.expired", "valid until " + format_rfc3339(impl_->not_after));
  }
  return ok_status();
}

}  // namespace claustrum::crypto
