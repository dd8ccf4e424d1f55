// SPDX-License-Identifier: Apache-2.0
// Certificates. OpenSSL reads names, times and extensions; shape, key, algorithm and signature are
// ours (signed_der, keys). d2i_X509 is not used: it decodes the key on its own account, which takes
// as long as two signature checks.
#include "claustrum/crypto/x509.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/x509_fields.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxCertificate = 16384;
constexpr int kMaxExtensions = 64;
constexpr int kKeyCertSignBit = 5;  // RFC 5280 4.2.1.3
constexpr int kCrlSignBit = 6;

// The extensions this file itself acts on.
struct Constraints {
  bool ca = false;
  bool may_sign_certificates = true;  // keyUsage allows it, or there is none
  bool may_sign_crls = true;
};

struct BasicConstraintsFree {
  void operator()(BASIC_CONSTRAINTS* value) const { BASIC_CONSTRAINTS_free(value); }
};

Error bad_extension(std::string_view text) {
  ERR_clear_error();
  return Error(Code::kMalformed, "x509.extension", std::string(text));
}

Status check_extensions(const ExtensionStack* list) {
  const int count = X509v3_get_ext_count(list);
  if (count > kMaxExtensions) {
    return Error(Code::kExhausted, "x509.extensions", "too many extensions");
  }
  for (int i = 0; i < count; ++i) {
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(X509v3_get_ext(list, i));
    // RFC 5280 4.2: one instance each; readers that differ on which one counts can be played off.
    if (!CLAUSTRUM_GUARD("crypto.x509.duplicate_extension",
                         X509v3_get_ext_by_OBJ(list, oid, i) < 0)) {
      return bad_extension("an extension appears twice");
    }
  }
  return ok_status();
}

Result<Constraints> constraints_of(const ExtensionStack* list) {
  Constraints out;
  int critical = 0;
  const std::unique_ptr<BASIC_CONSTRAINTS, BasicConstraintsFree> basic(
      static_cast<BASIC_CONSTRAINTS*>(
          X509V3_get_d2i(list, NID_basic_constraints, &critical, nullptr)));
  if (basic == nullptr && critical != -1) {
    return bad_extension("basicConstraints");
  }
  out.ca = basic != nullptr && basic->ca != 0;
  const Owned<ASN1_BIT_STRING> usage(
      static_cast<ASN1_BIT_STRING*>(X509V3_get_d2i(list, NID_key_usage, &critical, nullptr)));
  if (usage == nullptr && critical != -1) {
    return bad_extension("keyUsage");
  }
  if (usage != nullptr) {
    out.may_sign_certificates = ASN1_BIT_STRING_get_bit(usage.get(), kKeyCertSignBit) == 1;
    out.may_sign_crls = ASN1_BIT_STRING_get_bit(usage.get(), kCrlSignBit) == 1;
  }
  return out;
}

Error not_a_certificate() {
  return Error(Code::kMalformed, "x509.der", "not a certificate");
}

// Non-negative, as RFC 5280 4.1.2.2 demands.
Result<Bytes> serial_of(BytesView contents) {
  if (contents[0] >= 0x80) {
    return Error(Code::kMalformed, "x509.serial", "negative or no number");
  }
  return minimal_magnitude(contents);
}

}  // namespace

// The issuer's name stays bytes: it counts only where it equals, byte for byte, the subject of a
// certificate that was read.
struct Certificate::Impl {
  Bytes der;
  TbsCertificateView parts;  // views into der
  Owned<X509_NAME> subject;
  Extensions extensions;
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
  Owned<X509_NAME> subject = name_from(parts.subject);
  Extensions extensions = extensions_from(parts.extensions);
  const Owned<ASN1_TIME> from = time_from(parts.not_before);
  const Owned<ASN1_TIME> until = time_from(parts.not_after);
  if (subject == nullptr || from == nullptr || until == nullptr ||
      (extensions == nullptr && !parts.extensions.empty())) {
    return not_a_certificate();
  }
  CLAUSTRUM_TRY(check_extensions(extensions.get()));
  CLAUSTRUM_TRY_ASSIGN(const Constraints constraints, constraints_of(extensions.get()));
  CLAUSTRUM_TRY_ASSIGN(PublicKey key, PublicKey::from_spki(parts.spki));
  CLAUSTRUM_TRY_ASSIGN(Bytes serial, serial_of(parts.serial));
  CLAUSTRUM_TRY_ASSIGN(const Instant not_before, instant_of(from.get()));
  CLAUSTRUM_TRY_ASSIGN(const Instant not_after, instant_of(until.get()));
  return Certificate(std::make_shared<const Impl>(
      Impl{std::move(der), parts, std::move(subject), std::move(extensions), std::move(key),
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
  return common_name_of(impl_->subject.get());
}

std::string Certificate::issuer_cn() const {
  const Owned<X509_NAME> issuer = name_from(impl_->parts.issuer);
  return issuer == nullptr ? std::string() : common_name_of(issuer.get());
}

std::string Certificate::subject_text() const {
  return name_text(impl_->subject.get());
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
  const Owned<ASN1_OBJECT> object = oid_from_text(oid);
  CLAUSTRUM_CHECK(object != nullptr);
  const int index = X509v3_get_ext_by_OBJ(impl_->extensions.get(), object.get(), -1);
  if (index < 0) {
    return std::nullopt;
  }
  const ASN1_OCTET_STRING* value =
      X509_EXTENSION_get_data(X509v3_get_ext(impl_->extensions.get(), index));
  return to_bytes(
      BytesView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
}

std::vector<std::string> Certificate::unhandled_critical_extensions() const {
  std::vector<std::string> out;
  const int count = X509v3_get_ext_count(impl_->extensions.get());
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = X509v3_get_ext(impl_->extensions.get(), i);
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(extension);
    const int nid = OBJ_obj2nid(oid);
    if (X509_EXTENSION_get_critical(extension) != 0 && nid != NID_basic_constraints &&
        nid != NID_key_usage) {
      out.push_back(oid_text(oid));
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
