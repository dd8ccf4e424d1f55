// SPDX-License-Identifier: Apache-2.0
// Signatures [RFC 8017, FIPS 186-5, RFC 8032]. Guards against algorithm confusion (the key kind
// must fit), second spellings of one ECDSA signature (exact lengths, strict DER) and PSS parameters
// of the signer's choosing (hash, MGF1 hash and salt length are all stated).
#include "claustrum/crypto/sign.h"

#include <openssl/rsa.h>

#include <optional>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

struct Scheme {
  KeyKind kind;
  std::optional<HashAlg> hash;  // none: the scheme hashes by itself
  bool pss = false;
};

Scheme scheme_of(SigAlg alg) {
  switch (alg) {
    case SigAlg::kEcdsaP256Sha256:
      return {KeyKind::kP256, HashAlg::kSha256};
    case SigAlg::kEcdsaP384Sha384:
      return {KeyKind::kP384, HashAlg::kSha384};
    case SigAlg::kEcdsaP521Sha512:
      return {KeyKind::kP521, HashAlg::kSha512};
    case SigAlg::kRsaPssSha256:
      return {KeyKind::kRsa, HashAlg::kSha256, true};
    case SigAlg::kRsaPssSha384:
      return {KeyKind::kRsa, HashAlg::kSha384, true};
    case SigAlg::kRsaPkcs1Sha256:
      return {KeyKind::kRsa, HashAlg::kSha256};
    case SigAlg::kRsaPkcs1Sha384:
      return {KeyKind::kRsa, HashAlg::kSha384};
    case SigAlg::kEd25519:
      return {KeyKind::kEd25519, std::nullopt};
  }
  check_failed("signature algorithm", __FILE__, __LINE__);
}

const EVP_MD* md_of(const Scheme& scheme) {
  return scheme.hash ? evp_md(*scheme.hash) : nullptr;
}

void set_padding(EVP_PKEY_CTX* context, const Scheme& scheme) {
  if (scheme.kind != KeyKind::kRsa) {
    return;
  }
  if (!scheme.pss) {
    CLAUSTRUM_CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
    return;
  }
  CLAUSTRUM_CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
  CLAUSTRUM_CHECK(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md_of(scheme)) == 1);
  CLAUSTRUM_CHECK(
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(digest_len(*scheme.hash))) == 1);
}

void append_integer(Bytes& to, BytesView magnitude) {
  while (magnitude.size() > 1 && magnitude[0] == 0) {
    magnitude = magnitude.subspan(1);
  }
  const bool signed_bit = magnitude[0] >= 0x80;
  to.push_back(codec::kDerInteger);
  to.push_back(static_cast<std::uint8_t>(magnitude.size() + (signed_bit ? 1 : 0)));
  if (signed_bit) {
    to.push_back(0);
  }
  append(to, magnitude);
}

// SEQUENCE { r INTEGER, s INTEGER }; at most 138 bytes inside, for P-521.
Bytes der_from_raw(BytesView raw) {
  Bytes inner;
  inner.reserve(raw.size() + 6);
  append_integer(inner, raw.first(raw.size() / 2));
  append_integer(inner, raw.subspan(raw.size() / 2));
  Bytes out = {codec::kDerSequence};
  out.reserve(inner.size() + 3);
  if (inner.size() >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(inner.size()));
  append(out, inner);
  return out;
}

Bytes raw_from_der(BytesView der, std::size_t field) {
  const std::uint8_t* cursor = der.data();
  const Owned<ECDSA_SIG> signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
  CLAUSTRUM_CHECK(signature != nullptr);
  Bytes out(2 * field);
  const auto width = static_cast<int>(field);
  CLAUSTRUM_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), width) == width);
  CLAUSTRUM_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + field, width) ==
                  width);
  return out;
}

Error bad_signature() {
  ERR_clear_error();
  return Error(Code::kBadSignature, "signature.invalid", "signature does not verify");
}

bool verifies(const PublicKey& key, const Scheme& scheme, BytesView message, BytesView signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  CLAUSTRUM_CHECK(context != nullptr);
  CLAUSTRUM_CHECK(EVP_DigestVerifyInit(context.get(), &key_context, md_of(scheme), nullptr,
                                       key.impl().pkey.get()) == 1);
  set_padding(key_context, scheme);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace

Status verify(const PublicKey& key, SigAlg alg, BytesView message, BytesView signature,
              EcdsaForm form) {
  const Scheme scheme = scheme_of(alg);
  if (!CLAUSTRUM_GUARD("crypto.sign.key_kind", key.kind() == scheme.kind)) {
    return Error(Code::kMismatch, "signature.key_kind", "the algorithm needs another kind of key");
  }
  Bytes der;
  if (is_nist_curve(scheme.kind) && form == EcdsaForm::kRaw) {
    if (!CLAUSTRUM_GUARD("crypto.sign.length", signature.size() == 2 * field_len(scheme.kind))) {
      return bad_signature();
    }
    der = der_from_raw(signature);
    signature = der;
  }
  // OpenSSL refuses r or s outside 1..n-1, and DER that it would not write itself.
  if (!CLAUSTRUM_GUARD("crypto.sign.verify", verifies(key, scheme, message, signature))) {
    return bad_signature();
  }
  return ok_status();
}

Bytes sign(const PrivateKey& key, SigAlg alg, BytesView message, EcdsaForm form) {
  const Scheme scheme = scheme_of(alg);
  CLAUSTRUM_CHECK(key.kind() == scheme.kind);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  CLAUSTRUM_CHECK(context != nullptr);
  CLAUSTRUM_CHECK(EVP_DigestSignInit(context.get(), &key_context, md_of(scheme), nullptr,
                                     key.impl().pkey.get()) == 1);
  set_padding(key_context, scheme);
  std::size_t length = static_cast<std::size_t>(EVP_PKEY_get_size(key.impl().pkey.get()));
  Bytes out(length);
  CLAUSTRUM_CHECK(
      EVP_DigestSign(context.get(), out.data(), &length, message.data(), message.size()) == 1);
  out.resize(length);
  if (is_nist_curve(scheme.kind) && form == EcdsaForm::kRaw) {
    return raw_from_der(out, field_len(scheme.kind));
  }
  return out;
}

}  // namespace claustrum::crypto
