// SPDX-License-Identifier: Apache-2.0
// JSON Web Encryption (RFC 7516), one form only: flattened JSON, ECDH-ES+A256KW, A256GCM,
// everything in the protected header [KBS protocol]. Written exactly as Confidential Containers
// guests rebuild it for their AAD; read in any member order, since our AAD is the header as
// received. No second header, no compression, no extension: each would be a choice of the sender's.
#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/aead.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/kdf.h"
#include "claustrum/crypto/random.h"

namespace claustrum::crypto {

namespace {

using codec::Json;

constexpr std::string_view kAlg = "ECDH-ES+A256KW";
constexpr std::string_view kEnc = "A256GCM";
constexpr std::size_t kCekLen = 32;
constexpr std::size_t kWrappedLen = kCekLen + 8;
constexpr std::size_t kMaxHeaderLen = 4096;

Status check_recipient(KeyKind kind) {
  if (kind != KeyKind::kP256 && kind != KeyKind::kP521) {
    return Error(Code::kUnsupported, "jwe.key_kind", "only P-256 and P-521 keys receive");
  }
  return ok_status();
}

// [RFC 7518 4.6.2] For key agreement with key wrapping the KDF names the alg, not the enc.
Result<SecretBytes> agree(const PrivateKey& mine, const PublicKey& theirs) {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes z, diffie_hellman(mine, theirs));
  return concat_kdf_sha256(z.reveal(), kAlg, 256);
}

// {"alg","enc","epk":{"crv","kty","x","y"}}, compact, in this order.
std::string protected_header(const PublicKey& ephemeral) {
  const Json jwk = jwk_from_public_key(ephemeral);
  Json epk = Json::object();
  for (const std::string_view name : {"crv", "kty", "x", "y"}) {
    epk.set(name, *jwk.find(name));
  }
  Json header = Json::object();
  header.set("alg", kAlg).set("enc", kEnc).set("epk", std::move(epk));
  return codec::base64url_encode(as_bytes(codec::to_json(header)));
}

Result<Json> encrypt(const PublicKey& recipient, BytesView plaintext, const PrivateKey& ephemeral,
                     BytesView cek, BytesView iv) {
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes kek, agree(ephemeral, recipient));
  const std::string header = protected_header(ephemeral.public_key());
  const Bytes sealed = Aead(AeadAlg::kAes256Gcm, cek).seal(iv, as_bytes(header), plaintext);
  const BytesView view(sealed);
  Json jwe = Json::object();
  jwe.set("protected", header)
      .set("encrypted_key", codec::base64url_encode(aes_key_wrap(kek.reveal(), cek)))
      .set("iv", codec::base64url_encode(iv))
      .set("ciphertext", codec::base64url_encode(view.first(plaintext.size())))
      .set("tag", codec::base64url_encode(view.last(kAeadTagLen)));
  return jwe;
}

Status only(const Json& object, std::initializer_list<std::string_view> members) {
  if (!object.only_members(members).ok()) {
    return Error(Code::kMalformed, "jwe.member", "not an object, or a member we do not take");
  }
  return ok_status();
}

Status require(const Json& object, std::string_view name, std::string_view value,
               std::string_view reason) {
  CLAUSTRUM_TRY_ASSIGN(const std::string found, object.string_at(name));
  if (found != value) {
    return Error(Code::kUnsupported, reason, "another algorithm");
  }
  return ok_status();
}

// The sender's ephemeral key out of the protected header, on the recipient's curve.
Result<PublicKey> read_header(std::string_view encoded, KeyKind kind) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, codec::base64url_decode(encoded));
  codec::JsonLimits limits;
  limits.max_bytes = kMaxHeaderLen;
  CLAUSTRUM_TRY_ASSIGN(const Json header, codec::parse_json(text, limits));
  // "zip" would make lengths leak, "crit" and "b64" change the rules, "apu"/"apv" the key.
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("crypto.jwe.member", only(header, {"alg", "enc", "epk"})));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("crypto.jwe.alg", require(header, "alg", kAlg, "jwe.alg")));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("crypto.jwe.enc", require(header, "enc", kEnc, "jwe.enc")));
  CLAUSTRUM_TRY_ASSIGN(const Json epk, header.object_at("epk"));
  CLAUSTRUM_TRY(only(epk, {"crv", "kty", "x", "y"}));
  CLAUSTRUM_TRY_ASSIGN(PublicKey ephemeral, public_key_from_jwk(epk, JwkUse::kEncryption));
  // [RFC 7748 6, CVE-2017-16007] A point of another curve would walk our scalar through its group.
  if (!CLAUSTRUM_GUARD("crypto.jwe.curve", ephemeral.kind() == kind)) {
    return Error(Code::kMismatch, "jwe.curve", "the ephemeral key is on another curve");
  }
  return ephemeral;
}

struct Sealed {
  Bytes wrapped;
  Bytes iv;
  Bytes ciphertext;  // with its tag
};

Result<Sealed> read_sealed(const Json& jwe) {
  Sealed out;
  CLAUSTRUM_TRY_ASSIGN(out.wrapped, jwe.base64url_at("encrypted_key"));
  CLAUSTRUM_TRY_ASSIGN(out.iv, jwe.base64url_at("iv"));
  CLAUSTRUM_TRY_ASSIGN(out.ciphertext, jwe.base64url_at("ciphertext"));
  CLAUSTRUM_TRY_ASSIGN(const Bytes tag, jwe.base64url_at("tag"));
  // Bytes moved between ciphertext and tag would make a second spelling of one message.
  if (!CLAUSTRUM_GUARD("crypto.jwe.tag", tag.size() == kAeadTagLen) ||
      out.wrapped.size() != kWrappedLen || out.iv.size() != kAeadNonceLen) {
    return Error(Code::kMalformed, "jwe.size", "wrong length of key, iv or tag");
  }
  append(out.ciphertext, tag);
  return out;
}

// One answer for every failure that depends on our key: which step failed is nobody's business.
Error failed() {
  return Error(Code::kBadSignature, "jwe.open", "the message does not open with this key");
}

}  // namespace

Result<Json> jwe_encrypt_for_testing(const PublicKey& recipient, BytesView plaintext,
                                     const PrivateKey& ephemeral, BytesView cek, BytesView iv) {
  CLAUSTRUM_CHECK(cek.size() == kCekLen && iv.size() == kAeadNonceLen);
  CLAUSTRUM_TRY(check_recipient(recipient.kind()));
  return encrypt(recipient, plaintext, ephemeral, cek, iv);
}

Result<Json> jwe_encrypt(const PublicKey& recipient, BytesView plaintext) {
  CLAUSTRUM_TRY(check_recipient(recipient.kind()));
  const SecretBytes cek = random_secret(kCekLen);
  return encrypt(recipient, plaintext, PrivateKey::generate(recipient.kind()), cek.reveal(),
                 random_array<kAeadNonceLen>());
}

Result<SecretBytes> jwe_decrypt(const Json& jwe, const PrivateKey& recipient) {
  CLAUSTRUM_TRY(check_recipient(recipient.kind()));
  // "header", "unprotected" and "aad" would be second places for what the protected header says.
  CLAUSTRUM_TRY(only(jwe, {"protected", "encrypted_key", "iv", "ciphertext", "tag"}));
  CLAUSTRUM_TRY_ASSIGN(const std::string header, jwe.string_at("protected"));
  CLAUSTRUM_TRY_ASSIGN(const PublicKey ephemeral, read_header(header, recipient.kind()));
  CLAUSTRUM_TRY_ASSIGN(const Sealed sealed, read_sealed(jwe));
  const Result<SecretBytes> kek = agree(recipient, ephemeral);
  if (!kek.ok()) {
    return failed();
  }
  const Result<SecretBytes> cek = aes_key_unwrap(kek->reveal(), sealed.wrapped);
  if (!cek.ok()) {
    return failed();
  }
  Result<SecretBytes> plaintext =
      Aead(AeadAlg::kAes256Gcm, cek->reveal()).open(sealed.iv, as_bytes(header), sealed.ciphertext);
  if (!plaintext.ok()) {
    return failed();
  }
  return plaintext;
}

}  // namespace claustrum::crypto
