// SPDX-License-Identifier: Apache-2.0
// X.509 certificates and CRLs as evidence formats use them: chains are named by the format, trust
// is a pinned key (SHA-256 of the SubjectPublicKeyInfo), time is an argument, CRLs are checked as
// signed statements. No trust store, no path search, no network [PROTOCOL 3].
#pragma once

#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/crypto/keys.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::crypto {

class Certificate {
 public:
  // DER; at most 16 KiB. Bytes after the certificate are malformed.
  static Result<Certificate> parse(BytesView der);
  // DER, or exactly one PEM block (vendors serve either).
  static Result<Certificate> parse_der_or_pem(BytesView data);

  const Bytes& der() const;
  Sha256Digest fingerprint() const;  // SHA-256 of the DER
  const PublicKey& public_key() const;
  Bytes subject_der() const;
  Bytes issuer_der() const;
  std::string subject_cn() const;    // first common name, empty if none
  std::string issuer_cn() const;     // likewise; empty also where the issuer is no readable name
  std::string subject_text() const;  // RFC 2253 form, for people
  Bytes serial() const;              // big-endian magnitude, minimal; one zero byte for 0
  Instant not_before() const;
  Instant not_after() const;
  bool is_ca() const;          // basicConstraints cA
  bool may_sign_crls() const;  // is_ca(), and keyUsage (if there is one) says cRLSign
  bool is_self_issued() const;
  // Contents of the extension's extnValue OCTET STRING; `oid` dotted ("1.3.6.1.4.1.3704.1.1").
  std::optional<Bytes> extension(std::string_view oid) const;
  // OIDs of critical extensions we do not process; a verifier refuses those it does not know.
  std::vector<std::string> unhandled_critical_extensions() const;
  // Is this certificate's signature by `issuer` (names match, algorithm one of SigAlg, parameters
  // explicit as in AMD's PSS)? bad_signature "x509.signature", mismatch "x509.issuer"; an issuer
  // that is no CA, or whose keyUsage lacks keyCertSign: mismatch "x509.issuer_not_ca"; unsupported
  // "x509.signature_algorithm". Path length is the format's business: it fixes the chain's length.
  Status verify_issued_by(const Certificate& issuer) const;
  Status check_time(Instant now) const;  // "x509.not_yet_valid", "x509.expired"

  struct Impl;
  const Impl& impl() const { return *impl_; }
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class Crl {
 public:
  static Result<Crl> parse(BytesView der);  // at most 4 MiB
  Bytes issuer_der() const;
  Instant this_update() const;
  std::optional<Instant> next_update() const;
  std::optional<Bytes> number() const;  // CRL number extension, big-endian
  // Names match and signature by `issuer`: mismatch "crl.issuer", "crl.issuer_not_ca";
  // bad_signature "crl.signature".
  Status verify_issued_by(const Certificate& issuer) const;
  // thisUpdate <= now <= nextUpdate; "crl.not_yet_valid", "crl.stale" (no nextUpdate: stale).
  Status check_time(Instant now) const;
  bool revokes(BytesView serial) const;
  std::size_t revoked_count() const;

  struct Impl;
  explicit Crl(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

// Building certificates and CRLs, for the simulator's authorities and tests.
struct CertificateExtension {
  std::string oid;
  bool critical = false;
  Bytes value;  // contents of extnValue
};

struct CertificateSpec {
  std::vector<std::pair<std::string, std::string>> subject;  // {"CN","SEV-VCEK"} in order
  std::vector<std::pair<std::string, std::string>> issuer;   // same form
  std::uint64_t serial = 1;
  Bytes long_serial;  // big-endian magnitude; not empty: in place of `serial`
  Instant not_before;
  Instant not_after;
  std::optional<bool> ca;                // basicConstraints, critical; absent = no extension
  std::optional<std::uint8_t> path_len;  // pathLenConstraint, with `ca`
  std::vector<CertificateExtension> extensions;
};

// `issuer_key` signs with `alg` (RSA-PSS parameters written explicitly).
Result<Bytes> build_certificate(const CertificateSpec& spec, const PublicKey& subject_key,
                                const PrivateKey& issuer_key, SigAlg alg);

struct CrlSpec {
  std::vector<std::pair<std::string, std::string>> issuer;
  Instant this_update;
  Instant next_update;
  std::uint64_t number = 1;
  std::vector<std::uint64_t> revoked_serials;
  std::vector<Bytes> long_revoked_serials;       // big-endian magnitudes
  std::vector<CertificateExtension> extensions;  // beside the CRL number
};

Result<Bytes> build_crl(const CrlSpec& spec, const PrivateKey& issuer_key, SigAlg alg);

}  // namespace claustrum::crypto
