// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

const EVP_MD* fetch_md(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  CLAUSTRUM_CHECK(md != nullptr);
  return md;
}

const EVP_CIPHER* fetch_cipher(const char* name) {
  const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  CLAUSTRUM_CHECK(cipher != nullptr);
  return cipher;
}

}  // namespace

Error openssl_error(Code code, std::string_view reason) {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  Error error(code, reason, text == nullptr ? std::string() : std::string(text));
  ERR_clear_error();
  return error;
}

const EVP_MD* evp_md(HashAlg alg) {
  static const EVP_MD* const sha256 = fetch_md("SHA256");
  static const EVP_MD* const sha384 = fetch_md("SHA384");
  static const EVP_MD* const sha512 = fetch_md("SHA512");
  switch (alg) {
    case HashAlg::kSha256:
      return sha256;
    case HashAlg::kSha384:
      return sha384;
    case HashAlg::kSha512:
      return sha512;
  }
  check_failed("hash algorithm", __FILE__, __LINE__);
}

const EVP_CIPHER* evp_cipher(AeadAlg alg) {
  static const EVP_CIPHER* const aes128 = fetch_cipher("AES-128-GCM");
  static const EVP_CIPHER* const aes256 = fetch_cipher("AES-256-GCM");
  static const EVP_CIPHER* const chacha = fetch_cipher("ChaCha20-Poly1305");
  switch (alg) {
    case AeadAlg::kAes128Gcm:
      return aes128;
    case AeadAlg::kAes256Gcm:
      return aes256;
    case AeadAlg::kChaCha20Poly1305:
      return chacha;
  }
  check_failed("AEAD algorithm", __FILE__, __LINE__);
}

}  // namespace claustrum::crypto
