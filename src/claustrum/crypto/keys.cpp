// SPDX-License-Identifier: Apache-2.0
// Public keys: SubjectPublicKeyInfo in, SubjectPublicKeyInfo out, one spelling only. A key that
// could be written in two ways would have two pins, so compressed points, explicit curve parameters
// and sloppy DER are refused rather than normalised. RSA sizes are bounded because a verifier pays
// for what the sender chose.
#include "claustrum/crypto/keys.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <bit>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMinRsaBits = 2048;
constexpr std::size_t kMaxRsaBits = 8192;
constexpr std::size_t kMaxRsaExponentBits = 33;  // up to 2^32
constexpr std::size_t kMaxSpki = 16384;

constexpr std::uint8_t kP256Prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
constexpr std::uint8_t kP384Prefix[] = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                        0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
constexpr std::uint8_t kP521Prefix[] = {0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                        0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                                        0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00};
constexpr std::uint8_t kX25519Prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                          0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00};
constexpr std::uint8_t kEd25519Prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                           0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

// Everything of a SubjectPublicKeyInfo before the raw key; empty for RSA.
BytesView spki_prefix(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return kP256Prefix;
    case KeyKind::kP384:
      return kP384Prefix;
    case KeyKind::kP521:
      return kP521Prefix;
    case KeyKind::kX25519:
      return kX25519Prefix;
    case KeyKind::kEd25519:
      return kEd25519Prefix;
    case KeyKind::kRsa:
      return {};
  }
  check_failed("key kind", __FILE__, __LINE__);
}

std::size_t raw_public_len(KeyKind kind) {
  return is_nist_curve(kind) ? 1 + 2 * field_len(kind) : field_len(kind);
}

Error invalid(std::string_view text) {
  ERR_clear_error();
  return Error(Code::kMalformed, "key.invalid", std::string(text));
}

// A key with a curve and no point yet.
const EVP_PKEY* make_curve(KeyKind kind) {
  std::string group(to_string(kind));
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* pkey = nullptr;
  CLAUSTRUM_CHECK(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  CLAUSTRUM_CHECK(EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_KEY_PARAMETERS, params) == 1);
  return pkey;
}

// Made once for the process: a curve's constants take longer to set up than a point to check.
const EVP_PKEY* curve_of(KeyKind kind) {
  static const EVP_PKEY* const p256 = make_curve(KeyKind::kP256);
  static const EVP_PKEY* const p384 = make_curve(KeyKind::kP384);
  static const EVP_PKEY* const p521 = make_curve(KeyKind::kP521);
  CLAUSTRUM_CHECK(is_nist_curve(kind));
  return kind == KeyKind::kP256 ? p256 : kind == KeyKind::kP384 ? p384 : p521;
}

const EC_GROUP* make_group(int nid) {
  const EC_GROUP* const group = EC_GROUP_new_by_curve_name(nid);
  CLAUSTRUM_CHECK(group != nullptr);
  return group;
}

const EC_GROUP* group_of(KeyKind kind) {
  static const EC_GROUP* const p256 = make_group(NID_X9_62_prime256v1);
  static const EC_GROUP* const p384 = make_group(NID_secp384r1);
  static const EC_GROUP* const p521 = make_group(NID_secp521r1);
  CLAUSTRUM_CHECK(is_nist_curve(kind));
  return kind == KeyKind::kP256 ? p256 : kind == KeyKind::kP384 ? p384 : p521;
}

// Coordinates below the field's prime, on the curve, not the point at infinity; with cofactor 1
// that is all there is to check. EVP_PKEY_public_check_quick asks the same in five times the time.
bool is_point(KeyKind kind, BytesView encoded) {
  const EC_GROUP* const group = group_of(kind);
  const Owned<EC_POINT> point(EC_POINT_new(group));
  CLAUSTRUM_CHECK(point != nullptr);
  return EC_POINT_oct2point(group, point.get(), encoded.data(), encoded.size(), nullptr) == 1 &&
         EC_POINT_is_at_infinity(group, point.get()) == 0 &&
         EC_POINT_is_on_curve(group, point.get(), nullptr) == 1;
}

Result<Owned<EVP_PKEY>> ec_public(KeyKind kind, BytesView point) {
  if (point[0] != POINT_CONVERSION_UNCOMPRESSED) {
    return invalid("not an uncompressed point");
  }
  Owned<EVP_PKEY> owned(EVP_PKEY_new());
  CLAUSTRUM_CHECK(owned != nullptr && EVP_PKEY_copy_parameters(owned.get(), curve_of(kind)) == 1);
  if (!is_point(kind, point) ||
      EVP_PKEY_set1_encoded_public_key(owned.get(), point.data(), point.size()) != 1) {
    return openssl_error(Code::kMalformed, "key.invalid");
  }
  return owned;
}

Owned<BIGNUM> bn_param(const EVP_PKEY* pkey, const char* name) {
  BIGNUM* number = nullptr;
  CLAUSTRUM_CHECK(EVP_PKEY_get_bn_param(pkey, name, &number) == 1);
  return Owned<BIGNUM>(number);
}

// A positive INTEGER's magnitude in its one spelling; empty otherwise.
BytesView positive_integer(codec::DerReader& reader) {
  const BytesView content = reader.element(codec::kDerInteger);
  if (content.empty() || content[0] >= 0x80) {
    return {};
  }
  if (content[0] != 0) {
    return content;
  }
  return content.size() > 1 && content[1] >= 0x80 ? content.subspan(1) : BytesView();
}

// The two numbers of an RSA key in strict DER, parameters NULL as RFC 3279 2.3.1 demands. nullopt:
// not that shape. OpenSSL's own decoder takes twenty times as long, three times a chain.
std::optional<std::pair<BytesView, BytesView>> rsa_numbers(BytesView der) {
  static constexpr std::uint8_t kAlgorithm[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  codec::DerReader outer(der, "public key");
  codec::DerReader info = outer.sequence();
  const BytesView algorithm = info.element(codec::kDerSequence);
  const BytesView bits = info.element(codec::kDerBitString);
  if (!info.finish().ok() || !outer.finish().ok() || !equal(algorithm, kAlgorithm) ||
      bits.empty() || bits[0] != 0) {
    return std::nullopt;
  }
  codec::DerReader whole(bits.subspan(1), "RSA key");
  codec::DerReader numbers = whole.sequence();
  const BytesView n = positive_integer(numbers);
  const BytesView e = positive_integer(numbers);
  if (!numbers.finish().ok() || !whole.finish().ok() || n.empty() || e.empty()) {
    return std::nullopt;
  }
  return std::pair(n, e);
}

std::size_t bits_of(BytesView magnitude) {
  return magnitude.empty()
             ? 0
             : 8 * (magnitude.size() - 1) + static_cast<std::size_t>(std::bit_width(magnitude[0]));
}

Bytes magnitude_of(const BIGNUM* number) {
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number)));
  CLAUSTRUM_CHECK(BN_bn2bin(number, out.data()) == BN_num_bytes(number));
  return out;
}

// Big-endian, no leading zeros.
Status check_rsa_numbers(BytesView n, BytesView e) {
  const std::size_t bits = bits_of(n);
  if (!CLAUSTRUM_GUARD("crypto.keys.rsa_size", bits >= kMinRsaBits && bits <= kMaxRsaBits)) {
    return Error(Code::kUnsupported, "key.rsa_size", std::to_string(bits) + " bits");
  }
  const auto odd = [](BytesView number) { return !number.empty() && (number.back() & 1U) != 0; };
  if (!odd(n) || !odd(e) || bits_of(e) == 1) {
    return invalid("RSA modulus or exponent is impossible");
  }
  if (!CLAUSTRUM_GUARD("crypto.keys.rsa_exponent", bits_of(e) < kMaxRsaExponentBits)) {
    return Error(Code::kUnsupported, "key.rsa_exponent", "exponent above 2^32");
  }
  return ok_status();
}

Result<PublicKey> rsa_public(BytesView der, BytesView n, BytesView e) {
  CLAUSTRUM_TRY(check_rsa_numbers(n, e));
  // OSSL_PARAM takes integers in the machine's order, which is little-endian wherever we run.
  static_assert(std::endian::native == std::endian::little);
  Bytes n_native(n.rbegin(), n.rend());
  Bytes e_native(e.rbegin(), e.rend());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n_native.data(), n_native.size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_native.data(), e_native.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* pkey = nullptr;
  CLAUSTRUM_CHECK(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return openssl_error(Code::kMalformed, "key.invalid");
  }
  return PublicKey(std::make_shared<const PublicKey::Impl>(
      PublicKey::Impl{KeyKind::kRsa, Owned<EVP_PKEY>(pkey), to_bytes(der)}));
}

// Of an EC AlgorithmIdentifier: is the curve one of ours, by name?
bool known_curve(X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_OBJECT) {
    return false;
  }
  const int nid = OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(value));
  return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
}

// The reason to refuse what has no shape we use.
Error refusal_of(BytesView der) {
  const std::uint8_t* cursor = der.data();
  const Owned<X509_PUBKEY> parsed(d2i_X509_PUBKEY(nullptr, &cursor, static_cast<long>(der.size())));
  if (parsed == nullptr || cursor != der.data() + der.size()) {
    return invalid("not a SubjectPublicKeyInfo");
  }
  ASN1_OBJECT* oid = nullptr;
  X509_ALGOR* algorithm = nullptr;
  CLAUSTRUM_CHECK(X509_PUBKEY_get0_param(&oid, nullptr, nullptr, &algorithm, parsed.get()) == 1);
  ERR_clear_error();  // an algorithm unknown to OpenSSL leaves entries
  const int nid = OBJ_obj2nid(oid);
  if (nid == NID_rsaEncryption) {
    return invalid("an RSA key in another spelling than strict DER");
  }
  if (nid == NID_X25519 || nid == NID_ED25519 ||
      (nid == NID_X9_62_id_ecPublicKey && known_curve(algorithm))) {
    return invalid("wrong length or form of a public key");
  }
  return Error(Code::kUnsupported, "key.algorithm", "not a key algorithm we use");
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return "P-256";
    case KeyKind::kP384:
      return "P-384";
    case KeyKind::kP521:
      return "P-521";
    case KeyKind::kX25519:
      return "X25519";
    case KeyKind::kEd25519:
      return "Ed25519";
    case KeyKind::kRsa:
      return "RSA";
  }
  check_failed("key kind", __FILE__, __LINE__);
}

std::size_t field_len(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
    case KeyKind::kX25519:
    case KeyKind::kEd25519:
      return 32;
    case KeyKind::kP384:
      return 48;
    case KeyKind::kP521:
      return 66;
    case KeyKind::kRsa:
      return 0;
  }
  check_failed("key kind", __FILE__, __LINE__);
}

bool is_nist_curve(KeyKind kind) {
  return kind == KeyKind::kP256 || kind == KeyKind::kP384 || kind == KeyKind::kP521;
}

Status check_rsa_key(const EVP_PKEY* pkey) {
  const Owned<BIGNUM> n = bn_param(pkey, OSSL_PKEY_PARAM_RSA_N);
  const Owned<BIGNUM> e = bn_param(pkey, OSSL_PKEY_PARAM_RSA_E);
  if (BN_is_negative(n.get()) == 1 || BN_is_negative(e.get()) == 1) {
    return invalid("RSA modulus or exponent is impossible");
  }
  return check_rsa_numbers(magnitude_of(n.get()), magnitude_of(e.get()));
}

Result<PublicKey> PublicKey::from_spki(BytesView der) {
  if (der.size() > kMaxSpki) {
    return Error(Code::kUnsupported, "key.algorithm", "larger than any public key we use");
  }
  for (const KeyKind kind :
       {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kX25519, KeyKind::kEd25519}) {
    const BytesView prefix = spki_prefix(kind);
    if (der.size() == prefix.size() + raw_public_len(kind) &&
        equal(der.first(prefix.size()), prefix)) {
      return from_raw(kind, der.subspan(prefix.size()));
    }
  }
  if (const auto rsa = rsa_numbers(der); rsa.has_value()) {
    return rsa_public(der, rsa->first, rsa->second);
  }
  return refusal_of(der);
}

Result<PublicKey> PublicKey::from_raw(KeyKind kind, BytesView raw) {
  CLAUSTRUM_CHECK(kind != KeyKind::kRsa);
  if (raw.size() != raw_public_len(kind)) {
    return invalid("wrong length of a public key");
  }
  Owned<EVP_PKEY> pkey;
  if (is_nist_curve(kind)) {
    CLAUSTRUM_TRY_ASSIGN(pkey, ec_public(kind, raw));
  } else {
    const char* name = kind == KeyKind::kX25519 ? "X25519" : "ED25519";
    pkey.reset(EVP_PKEY_new_raw_public_key_ex(nullptr, name, nullptr, raw.data(), raw.size()));
    CLAUSTRUM_CHECK(pkey != nullptr);
  }
  return PublicKey(
      std::make_shared<const Impl>(Impl{kind, std::move(pkey), concat({spki_prefix(kind), raw})}));
}

Result<PublicKey> PublicKey::from_xy(KeyKind kind, BytesView x, BytesView y) {
  CLAUSTRUM_CHECK(is_nist_curve(kind));
  if (x.size() != field_len(kind) || y.size() != field_len(kind)) {
    return invalid("a coordinate has another length than the field");
  }
  static constexpr std::uint8_t kUncompressed[] = {0x04};
  return from_raw(kind, concat({kUncompressed, x, y}));
}

KeyKind PublicKey::kind() const {
  return impl_->kind;
}

Bytes PublicKey::spki() const {
  return impl_->spki;
}

Sha256Digest PublicKey::spki_sha256() const {
  return sha256(impl_->spki);
}

Bytes PublicKey::raw() const {
  CLAUSTRUM_CHECK(impl_->kind != KeyKind::kRsa);
  return to_bytes(BytesView(impl_->spki).subspan(spki_prefix(impl_->kind).size()));
}

std::size_t PublicKey::bits() const {
  return static_cast<std::size_t>(EVP_PKEY_get_bits(impl_->pkey.get()));
}

}  // namespace claustrum::crypto
