// SPDX-License-Identifier: Apache-2.0
// Private keys and key agreement. Private bytes leave OpenSSL only into wiped memory.
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <optional>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxPkcs8 = 16384;

Error invalid(std::string_view text) {
  ERR_clear_error();
  return Error(Code::kMalformed, "key.invalid", std::string(text));
}

PrivateKey make(KeyKind kind, Owned<EVP_PKEY> pkey) {
  CLAUSTRUM_CHECK(pkey != nullptr);
  return PrivateKey(std::make_unique<PrivateKey::Impl>(PrivateKey::Impl{kind, std::move(pkey)}));
}

int curve_nid(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return NID_X9_62_prime256v1;
    case KeyKind::kP384:
      return NID_secp384r1;
    case KeyKind::kP521:
      return NID_secp521r1;
    case KeyKind::kX25519:
    case KeyKind::kEd25519:
    case KeyKind::kRsa:
      break;
  }
  check_failed("EC key kind", __FILE__, __LINE__);
}

// The uncompressed public point d*G, or nothing when d is not in 1..n-1.
std::optional<Bytes> public_point(KeyKind kind, const BIGNUM* scalar) {
  const Owned<EC_GROUP> group(EC_GROUP_new_by_curve_name(curve_nid(kind)));
  const Owned<BN_CTX> context(BN_CTX_secure_new());
  CLAUSTRUM_CHECK(group != nullptr && context != nullptr);
  if (BN_is_zero(scalar) == 1 || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0) {
    return std::nullopt;
  }
  const Owned<EC_POINT> point(EC_POINT_new(group.get()));
  CLAUSTRUM_CHECK(point != nullptr);
  CLAUSTRUM_CHECK(EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, context.get()) ==
                  1);
  Bytes out(1 + 2 * field_len(kind));
  CLAUSTRUM_CHECK(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                     out.data(), out.size(), context.get()) == out.size());
  return out;
}

Result<PrivateKey> ec_private(KeyKind kind, BytesView raw) {
  // OSSL_PARAM numbers are in native order, which is the reverse of ours on this family.
  const Owned<BIGNUM> scalar(BN_bin2bn(raw.data(), static_cast<int>(raw.size()), BN_secure_new()));
  CLAUSTRUM_CHECK(scalar != nullptr);
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  std::optional<Bytes> point = public_point(kind, scalar.get());
  if (!point) {
    return invalid("scalar out of range");
  }
  SecretBytes native(raw.size());
  CLAUSTRUM_CHECK(BN_bn2nativepad(scalar.get(), native.writable().data(),
                                  static_cast<int>(raw.size())) == static_cast<int>(raw.size()));
  std::string group(to_string(kind));
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point->data(), point->size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.writable().data(), native.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* pkey = nullptr;
  CLAUSTRUM_CHECK(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  CLAUSTRUM_CHECK(EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_KEYPAIR, params) == 1);
  return make(kind, Owned<EVP_PKEY>(pkey));
}

std::optional<KeyKind> kind_of(const EVP_PKEY* pkey) {
  switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_X25519:
      return KeyKind::kX25519;
    case EVP_PKEY_ED25519:
      return KeyKind::kEd25519;
    case EVP_PKEY_RSA:
      return KeyKind::kRsa;
    case EVP_PKEY_EC:
      break;
    default:
      return std::nullopt;
  }
  char name[64] = {};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(pkey, name, sizeof name, &length) != 1) {
    return std::nullopt;
  }
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521}) {
    if (OBJ_sn2nid(name) == curve_nid(kind)) {
      return kind;
    }
  }
  return std::nullopt;
}

// The EC scalar, or empty when there is none that fits the field (a file may claim anything).
SecretBytes scalar_of(const EVP_PKEY* pkey, std::size_t length) {
  BIGNUM* number = nullptr;
  const bool found = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1;
  const Owned<BIGNUM> scalar(number);
  SecretBytes out(length);
  if (!found || BN_bn2binpad(number, out.writable().data(), static_cast<int>(length)) < 0) {
    ERR_clear_error();
    return {};
  }
  return out;
}

}  // namespace

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

PrivateKey PrivateKey::generate(KeyKind kind) {
  if (kind == KeyKind::kRsa) {
    return generate_rsa(3072);
  }
  if (is_nist_curve(kind)) {
    return make(kind, Owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC",
                                                        std::string(to_string(kind)).c_str())));
  }
  const char* name = kind == KeyKind::kX25519 ? "X25519" : "ED25519";
  return make(kind, Owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, name)));
}

PrivateKey PrivateKey::generate_rsa(unsigned bits) {
  CLAUSTRUM_CHECK(bits >= 2048 && bits <= 8192);
  return make(KeyKind::kRsa, Owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA",
                                                               static_cast<std::size_t>(bits))));
}

Result<PrivateKey> PrivateKey::from_pkcs8(BytesView der) {
  if (der.size() > kMaxPkcs8) {
    return invalid("private key too large");
  }
  const std::uint8_t* cursor = der.data();
  const Owned<PKCS8_PRIV_KEY_INFO> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  if (info == nullptr || cursor != der.data() + der.size()) {
    return invalid("not a PKCS #8 PrivateKeyInfo");
  }
  Owned<EVP_PKEY> pkey(EVP_PKCS82PKEY(info.get()));
  if (pkey == nullptr) {
    return openssl_error(Code::kMalformed, "key.invalid");
  }
  const std::optional<KeyKind> kind = kind_of(pkey.get());
  if (!kind) {
    return Error(Code::kUnsupported, "key.algorithm", "not a key algorithm we use");
  }
  if (*kind == KeyKind::kRsa) {
    CLAUSTRUM_TRY(check_rsa_key(pkey.get()));
    return make(*kind, std::move(pkey));
  }
  if (is_nist_curve(*kind)) {
    // Rebuilt from the scalar: whatever public point the file claims is not believed.
    return from_raw(*kind, scalar_of(pkey.get(), field_len(*kind)).reveal());
  }
  return make(*kind, std::move(pkey));
}

Result<PrivateKey> PrivateKey::from_raw(KeyKind kind, BytesView raw) {
  CLAUSTRUM_CHECK(kind != KeyKind::kRsa);
  if (raw.size() != field_len(kind)) {
    return invalid("wrong length of a private key");
  }
  if (is_nist_curve(kind)) {
    return ec_private(kind, raw);
  }
  const char* name = kind == KeyKind::kX25519 ? "X25519" : "ED25519";
  return make(kind, Owned<EVP_PKEY>(EVP_PKEY_new_raw_private_key_ex(nullptr, name, nullptr,
                                                                    raw.data(), raw.size())));
}

KeyKind PrivateKey::kind() const {
  return impl_->kind;
}

PublicKey PrivateKey::public_key() const {
  Result<PublicKey> key = PublicKey::from_spki(der_of(impl_->pkey.get(), i2d_PUBKEY));
  CLAUSTRUM_CHECK(key.ok());
  return std::move(key).value();
}

SecretBytes PrivateKey::pkcs8() const {
  const Owned<PKCS8_PRIV_KEY_INFO> info(EVP_PKEY2PKCS8(impl_->pkey.get()));
  CLAUSTRUM_CHECK(info != nullptr);
  const int length = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  CLAUSTRUM_CHECK(length > 0);
  SecretBytes out(static_cast<std::size_t>(length));
  std::uint8_t* cursor = out.writable().data();
  CLAUSTRUM_CHECK(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &cursor) == length);
  return out;
}

SecretBytes PrivateKey::raw() const {
  CLAUSTRUM_CHECK(impl_->kind != KeyKind::kRsa);
  if (is_nist_curve(impl_->kind)) {
    return scalar_of(impl_->pkey.get(), field_len(impl_->kind));
  }
  SecretBytes out(field_len(impl_->kind));
  std::size_t length = out.size();
  CLAUSTRUM_CHECK(EVP_PKEY_get_raw_private_key(impl_->pkey.get(), out.writable().data(), &length) ==
                  1);
  CLAUSTRUM_CHECK(length == out.size());
  return out;
}

Result<SecretBytes> diffie_hellman(const PrivateKey& mine, const PublicKey& theirs) {
  CLAUSTRUM_CHECK(is_nist_curve(mine.kind()) || mine.kind() == KeyKind::kX25519);
  if (mine.kind() != theirs.kind()) {
    return Error(Code::kMismatch, "key.kind", "keys of two different groups");
  }
  const Owned<EVP_PKEY_CTX> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, mine.impl().pkey.get(), nullptr));
  CLAUSTRUM_CHECK(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  // Not validated again: PublicKey was checked when it was made.
  CLAUSTRUM_CHECK(EVP_PKEY_derive_set_peer_ex(context.get(), theirs.impl().pkey.get(), 0) == 1);
  SecretBytes out(field_len(mine.kind()));
  std::size_t length = out.size();
  const int derived = EVP_PKEY_derive(context.get(), out.writable().data(), &length);
  ERR_clear_error();
  // A peer's X25519 point of small order would make the secret known to everybody. On the NIST
  // curves every point has full order, and one of them has the x coordinate zero.
  const bool small_order = mine.kind() == KeyKind::kX25519 && all_zero(out.reveal());
  if (!CLAUSTRUM_GUARD("crypto.keys.agreement",
                       derived == 1 && length == out.size() && !small_order)) {
    return Error(Code::kMalformed, "key.agreement", "the shared secret is zero");
  }
  return out;
}

}  // namespace claustrum::crypto
