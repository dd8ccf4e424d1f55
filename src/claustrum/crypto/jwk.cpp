// SPDX-License-Identifier: Apache-2.0
// JSON Web Keys (RFC 7517, 7518 6, 8037). One spelling a key: field elements have their full width,
// integers no leading zero, and a member that says what the key is for must agree with the use.
#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/der.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::crypto {

namespace {

using codec::Json;

// rsaEncryption with NULL parameters, as SubjectPublicKeyInfo wants it.
constexpr std::uint8_t kRsaAlgorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
constexpr std::size_t kMaxRsaNumber = 1024;  // bytes of an 8192-bit modulus
constexpr std::size_t kMaxKeyOps = 8;

Error malformed(std::string_view what) {
  return Error(Code::kMalformed, "jwk.shape", std::string(what));
}

Bytes der_element(std::uint8_t tag, BytesView contents) {
  CLAUSTRUM_CHECK(contents.size() < 0x10000);
  ByteWriter out;
  out.u8(tag);
  if (contents.size() < 0x80) {
    out.u8(static_cast<std::uint8_t>(contents.size()));
  } else if (contents.size() < 0x100) {
    out.u8(0x81).u8(static_cast<std::uint8_t>(contents.size()));
  } else {
    out.u8(0x82).u16be(static_cast<std::uint16_t>(contents.size()));
  }
  return std::move(out.bytes(contents)).take();
}

// Base64urlUInt (RFC 7518 2): minimal; zero has no use in a key.
Result<Bytes> rsa_number(const Json& jwk, std::string_view name) {
  CLAUSTRUM_TRY_ASSIGN(Bytes number, jwk.base64url_at(name));
  if (number.empty() || number.size() > kMaxRsaNumber || number[0] == 0) {
    return malformed("RSA number empty, too long or with leading zeros");
  }
  if ((number[0] & 0x80) != 0) {
    number.insert(number.begin(), 0);
  }
  return der_element(codec::kDerInteger, number);
}

Result<PublicKey> rsa_key(const Json& jwk) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes modulus, rsa_number(jwk, "n"));
  CLAUSTRUM_TRY_ASSIGN(const Bytes exponent, rsa_number(jwk, "e"));
  const Bytes key = der_element(codec::kDerSequence, concat({modulus, exponent}));
  const std::uint8_t unused_bits[] = {0};
  const Bytes bits = der_element(codec::kDerBitString, concat({unused_bits, key}));
  return PublicKey::from_spki(der_element(codec::kDerSequence, concat({kRsaAlgorithm, bits})));
}

Result<KeyKind> curve(const Json& jwk, std::string_view kty) {
  CLAUSTRUM_TRY_ASSIGN(const std::string crv, jwk.string_at("crv"));
  const bool ec = kty == "EC";
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521}) {
    if (ec && crv == to_string(kind)) {
      return kind;
    }
  }
  for (const KeyKind kind : {KeyKind::kX25519, KeyKind::kEd25519}) {
    if (!ec && crv == to_string(kind)) {
      return kind;
    }
  }
  return Error(Code::kUnsupported, "jwk.curve", "unknown curve for this key type");
}

Result<PublicKey> curve_key(const Json& jwk, std::string_view kty) {
  CLAUSTRUM_TRY_ASSIGN(const KeyKind kind, curve(jwk, kty));
  CLAUSTRUM_TRY_ASSIGN(const Bytes x, jwk.base64url_at("x"));
  if (kty == "OKP") {
    if (jwk.find("y") != nullptr) {
      return malformed("OKP key with y");
    }
    return PublicKey::from_raw(kind, x);
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes y, jwk.base64url_at("y"));
  return PublicKey::from_xy(kind, x, y);
}

Status check_members(const Json& jwk) {
  // [RFC 7517 9.2] Whoever sends a private key has lost it; it must not become a peer's key.
  for (const std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (!CLAUSTRUM_GUARD("crypto.jwk.private", jwk.find(name) == nullptr)) {
      return Error(Code::kMalformed, "jwk.private", "private member in a public key");
    }
  }
  const Status known = jwk.only_members({"kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp",
                                         "dq", "qi", "oth", "k", "alg", "use", "key_ops", "kid"});
  if (!known.ok()) {
    return Error(Code::kMalformed, "jwk.member", "not an object, or an unknown member");
  }
  return ok_status();
}

bool is_signature_alg(KeyKind kind, std::string_view alg) {
  switch (kind) {
    case KeyKind::kP256:
      return alg == "ES256";
    case KeyKind::kP384:
      return alg == "ES384";
    case KeyKind::kP521:
      return alg == "ES512";
    case KeyKind::kEd25519:
      return alg == "EdDSA" || alg == "Ed25519";
    case KeyKind::kRsa:
      return alg == "RS256" || alg == "RS384" || alg == "RS512" || alg == "PS256" ||
             alg == "PS384" || alg == "PS512";
    case KeyKind::kX25519:
      return false;
  }
  return false;
}

bool is_encryption_alg(KeyKind kind, std::string_view alg) {
  switch (kind) {
    case KeyKind::kP256:
    case KeyKind::kP384:
    case KeyKind::kP521:
    case KeyKind::kX25519:
      return alg == "ECDH-ES" || alg == "ECDH-ES+A128KW" || alg == "ECDH-ES+A192KW" ||
             alg == "ECDH-ES+A256KW";
    case KeyKind::kRsa:
      return alg == "RSA-OAEP" || alg == "RSA-OAEP-256";
    case KeyKind::kEd25519:
      return false;
  }
  return false;
}

// The operations named allow the use; each is a string.
Result<bool> operations_allow(const Json& operations, JwkUse use) {
  if (!operations.is_array() || operations.items().size() > kMaxKeyOps) {
    return malformed("key_ops");
  }
  bool allowed = use == JwkUse::kAny;
  for (const Json& operation : operations.items()) {
    if (!operation.is_string()) {
      return malformed("key_ops");
    }
    const std::string& name = operation.string();
    allowed = allowed || (use == JwkUse::kSignature && name == "verify") ||
              (use == JwkUse::kEncryption && (name == "encrypt" || name == "wrapKey" ||
                                              name == "deriveKey" || name == "deriveBits"));
  }
  return allowed;
}

// [RFC 7517 4.2-4.4] A key published for one use must not serve another.
Status check_use(const Json& jwk, KeyKind kind, JwkUse use) {
  bool allowed = true;
  if (jwk.find("use") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const std::string named, jwk.string_at("use"));
    allowed = (named == "sig" && use != JwkUse::kEncryption) ||
              (named == "enc" && use != JwkUse::kSignature);
  }
  if (jwk.find("alg") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const std::string alg, jwk.string_at("alg"));
    const bool fits = (use != JwkUse::kEncryption && is_signature_alg(kind, alg)) ||
                      (use != JwkUse::kSignature && is_encryption_alg(kind, alg));
    allowed = allowed && fits;
  }
  if (const Json* operations = jwk.find("key_ops")) {
    CLAUSTRUM_TRY_ASSIGN(const bool fits, operations_allow(*operations, use));
    allowed = allowed && fits;
  }
  if (!CLAUSTRUM_GUARD("crypto.jwk.use", allowed)) {
    return Error(Code::kMismatch, "jwk.use", "the key is published for another use");
  }
  return ok_status();
}

struct RsaNumbers {
  BytesView modulus;
  BytesView exponent;
};

BytesView without_sign_byte(BytesView integer) {
  return integer.size() > 1 && integer[0] == 0 ? integer.subspan(1) : integer;
}

// From our own SubjectPublicKeyInfo, which PublicKey has checked.
RsaNumbers rsa_numbers(BytesView spki) {
  codec::DerReader outer(spki, "RSA SubjectPublicKeyInfo");
  codec::DerReader info = outer.sequence();
  (void)info.element(codec::kDerSequence);
  const BytesView bits = info.element(codec::kDerBitString);
  CLAUSTRUM_CHECK(info.finish().ok() && outer.finish().ok() && !bits.empty());
  codec::DerReader inner(bits.subspan(1), "RSAPublicKey");
  codec::DerReader numbers = inner.sequence();
  const BytesView modulus = numbers.element(codec::kDerInteger);
  const BytesView exponent = numbers.element(codec::kDerInteger);
  CLAUSTRUM_CHECK(numbers.finish().ok() && inner.finish().ok());
  return {without_sign_byte(modulus), without_sign_byte(exponent)};
}

}  // namespace

Json jwk_from_public_key(const PublicKey& key, std::string_view alg) {
  const bool rsa = key.kind() == KeyKind::kRsa;
  const bool okp = key.kind() == KeyKind::kX25519 || key.kind() == KeyKind::kEd25519;
  Json jwk = Json::object();
  jwk.set("kty", rsa ? "RSA" : (okp ? "OKP" : "EC"));
  if (!rsa) {
    jwk.set("crv", to_string(key.kind()));
  }
  if (!alg.empty()) {
    jwk.set("alg", alg);
  }
  if (rsa) {
    const Bytes spki = key.spki();
    const RsaNumbers numbers = rsa_numbers(spki);
    jwk.set("n", codec::base64url_encode(numbers.modulus));
    jwk.set("e", codec::base64url_encode(numbers.exponent));
    return jwk;
  }
  const Bytes raw = key.raw();
  if (okp) {
    return jwk.set("x", codec::base64url_encode(raw));
  }
  const BytesView point = BytesView(raw).subspan(1);
  jwk.set("x", codec::base64url_encode(point.first(point.size() / 2)));
  jwk.set("y", codec::base64url_encode(point.last(point.size() / 2)));
  return jwk;
}

Result<PublicKey> public_key_from_jwk(const Json& jwk, JwkUse use) {
  CLAUSTRUM_TRY(check_members(jwk));
  CLAUSTRUM_TRY_ASSIGN(const std::string kty, jwk.string_at("kty"));
  if (kty != "EC" && kty != "OKP" && kty != "RSA") {
    return Error(Code::kUnsupported, "jwk.kty", "unknown key type");
  }
  const bool rsa = kty == "RSA";
  for (const std::string_view name : {"crv", "x", "y"}) {
    if (rsa && jwk.find(name) != nullptr) {
      return malformed("member of another key type");
    }
  }
  if (!rsa && (jwk.find("n") != nullptr || jwk.find("e") != nullptr)) {
    return malformed("member of another key type");
  }
  CLAUSTRUM_TRY_ASSIGN(PublicKey key, rsa ? rsa_key(jwk) : curve_key(jwk, kty));
  CLAUSTRUM_TRY(check_use(jwk, key.kind(), use));
  return key;
}

}  // namespace claustrum::crypto
