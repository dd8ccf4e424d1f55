// SPDX-License-Identifier: Apache-2.0
// The one place that knows how OpenSSL objects are owned and how its failures become ours; for the
// sources of crypto only. Return codes decide; the error queue is read for text and always left
// empty, because the TLS layer on the same thread takes a stale entry for its own failure.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "claustrum/base/result.h"
#include "claustrum/crypto/aead.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::crypto {

struct OpensslFree {
  void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
  void operator()(ASN1_STRING* string) const { ASN1_STRING_free(string); }  // times, integers too
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
  void operator()(EC_POINT* point) const { EC_POINT_clear_free(point); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
  void operator()(X509_PUBKEY* key) const { X509_PUBKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpensslFree>;

// An Error whose text is OpenSSL's newest reason; empties the queue.
Error openssl_error(Code code, std::string_view reason);
// Fetched once for the process.
const EVP_MD* evp_md(HashAlg alg);
const EVP_CIPHER* evp_cipher(AeadAlg alg);

// One-shot digest and HMAC into memory of exactly digest_len(alg) bytes, so that callers working on
// secrets own (and wipe) the result.
void digest_into(HashAlg alg, BytesView data, std::span<std::uint8_t> out);
void hmac_into(HashAlg alg, BytesView key, BytesView data, std::span<std::uint8_t> out);

// DER of any OpenSSL object with a conventional i2d function.
template <typename T, typename Encode>
Bytes der_of(const T* object, Encode encode) {
  const int length = encode(object, nullptr);
  CLAUSTRUM_CHECK(length >= 0);
  Bytes out(static_cast<std::size_t>(length));
  std::uint8_t* cursor = out.data();
  CLAUSTRUM_CHECK(encode(object, &cursor) == length);
  return out;
}

// The SubjectPublicKeyInfo is kept beside the key: it is what comparisons and pins look at.
struct PublicKey::Impl {
  KeyKind kind;
  Owned<EVP_PKEY> pkey;
  Bytes spki;
};

struct PrivateKey::Impl {
  KeyKind kind;
  Owned<EVP_PKEY> pkey;
};

// Bytes of a field element or scalar; 0 for RSA.
std::size_t field_len(KeyKind kind);
bool is_nist_curve(KeyKind kind);
// Size and exponent bounds of an RSA key: unsupported "key.rsa_size", "key.rsa_exponent".
Status check_rsa_key(const EVP_PKEY* pkey);

}  // namespace claustrum::crypto
