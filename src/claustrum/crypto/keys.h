// SPDX-License-Identifier: Apache-2.0
// Public and private keys without an OpenSSL type in sight. Public keys copy; private keys move.
#pragma once

#include <memory>

#include "claustrum/base/result.h"
#include "claustrum/base/secret.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::crypto {

enum class KeyKind { kP256, kP384, kP521, kX25519, kEd25519, kRsa };
std::string_view to_string(KeyKind kind);

class PublicKey {
 public:
  // SubjectPublicKeyInfo, DER. Unknown algorithms: unsupported "key.algorithm"; RSA outside
  // 2048..8192 bits: unsupported "key.rsa_size", exponent above 2^32: "key.rsa_exponent"; a point
  // off the curve, or any but the canonical encoding: malformed "key.invalid".
  static Result<PublicKey> from_spki(BytesView der);
  // X25519/Ed25519: 32 bytes. EC: uncompressed point 04||x||y, checked to be on the curve.
  static Result<PublicKey> from_raw(KeyKind kind, BytesView raw);
  // EC from coordinates (JWK, COSE_Key), big-endian of exactly the field length.
  static Result<PublicKey> from_xy(KeyKind kind, BytesView x, BytesView y);

  KeyKind kind() const;
  Bytes spki() const;
  Sha256Digest spki_sha256() const;
  Bytes raw() const;  // as from_raw; CHECKs that the kind is not RSA
  std::size_t bits() const;
  bool operator==(const PublicKey& other) const { return spki() == other.spki(); }

  struct Impl;
  const Impl& impl() const { return *impl_; }  // for crypto's own sources
  explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class PrivateKey {
 public:
  static PrivateKey generate(KeyKind kind);  // RSA: 3072 bits unless generate_rsa
  static PrivateKey generate_rsa(unsigned bits);
  static Result<PrivateKey> from_pkcs8(BytesView der);
  // X25519/Ed25519 seed of 32 bytes; EC scalar, big-endian, field length.
  static Result<PrivateKey> from_raw(KeyKind kind, BytesView raw);

  KeyKind kind() const;
  PublicKey public_key() const;
  SecretBytes pkcs8() const;
  SecretBytes raw() const;

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  struct Impl;
  const Impl& impl() const { return *impl_; }
  explicit PrivateKey(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

// ECDH (x coordinate) or X25519; an all-zero X25519 result is malformed "key.agreement", a key of
// another group mismatch "key.kind". `mine` must be a key for agreement.
Result<SecretBytes> diffie_hellman(const PrivateKey& mine, const PublicKey& theirs);

}  // namespace claustrum::crypto
