// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/aead.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 30;  // OpenSSL counts in int
constexpr std::size_t kMaxMessage = std::size_t{1} << 36;
constexpr std::size_t kWrapOverhead = 8;

// EVP_CipherUpdate over any length; `out` null for associated data.
void update(EVP_CIPHER_CTX* context, BytesView in, std::uint8_t* out) {
  while (!in.empty()) {
    const std::size_t piece = std::min(in.size(), kPiece);
    int written = 0;
    CLAUSTRUM_CHECK(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(piece)) ==
                    1);
    CLAUSTRUM_CHECK(written == static_cast<int>(piece));
    in = in.subspan(piece);
    if (out != nullptr) {
      out += piece;
    }
  }
}

Owned<EVP_CIPHER_CTX> wrap_context(BytesView kek, int encrypt) {
  CLAUSTRUM_CHECK(kek.size() == 32);
  Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  CLAUSTRUM_CHECK(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  CLAUSTRUM_CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, kek.data(), nullptr,
                                    encrypt) == 1);
  return context;
}

}  // namespace

struct Aead::State {
  Owned<EVP_CIPHER_CTX> context;

  // The key schedule stays; nonce and direction are new.
  void start(BytesView nonce, BytesView aad, int encrypt) const {
    CLAUSTRUM_CHECK(nonce.size() == kAeadNonceLen);
    CLAUSTRUM_CHECK(
        EVP_CipherInit_ex(context.get(), nullptr, nullptr, nullptr, nonce.data(), encrypt) == 1);
    update(context.get(), aad, nullptr);
  }

  bool finish() const {
    ByteArray<16> none;
    int written = 0;
    const bool good = EVP_CipherFinal_ex(context.get(), none.data(), &written) == 1;
    ERR_clear_error();
    return good && written == 0;
  }
};

std::size_t aead_key_len(AeadAlg alg) {
  return alg == AeadAlg::kAes128Gcm ? 16 : 32;
}

Aead::Aead(AeadAlg alg, BytesView key)
    : state_(std::make_unique<State>(State{Owned<EVP_CIPHER_CTX>(EVP_CIPHER_CTX_new())})) {
  CLAUSTRUM_CHECK(key.size() == aead_key_len(alg));
  CLAUSTRUM_CHECK(state_->context != nullptr);
  CLAUSTRUM_CHECK(EVP_CipherInit_ex(state_->context.get(), evp_cipher(alg), nullptr, key.data(),
                                    nullptr, 1) == 1);
}

Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

Bytes Aead::seal(BytesView nonce, BytesView aad, BytesView plaintext) const {
  CLAUSTRUM_CHECK(plaintext.size() <= kMaxMessage);
  Bytes out(plaintext.size() + kAeadTagLen);
  EVP_CIPHER_CTX* context = state_->context.get();
  state_->start(nonce, aad, 1);
  update(context, plaintext, out.data());
  CLAUSTRUM_CHECK(state_->finish());
  CLAUSTRUM_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, int{kAeadTagLen},
                                      out.data() + plaintext.size()) == 1);
  return out;
}

Result<SecretBytes> Aead::open(BytesView nonce, BytesView aad, BytesView ciphertext) const {
  if (ciphertext.size() < kAeadTagLen) {
    return Error(Code::kBadSignature, "aead.open", "shorter than a tag");
  }
  SecretBytes out(ciphertext.size() - kAeadTagLen);
  CLAUSTRUM_TRY(open_into(nonce, aad, ciphertext, out.writable()));
  return out;
}

Status Aead::open_into(BytesView nonce, BytesView aad, BytesView ciphertext,
                       std::span<std::uint8_t> plaintext) const {
  if (ciphertext.size() < kAeadTagLen) {
    return Error(Code::kBadSignature, "aead.open", "shorter than a tag");
  }
  const BytesView body = ciphertext.first(ciphertext.size() - kAeadTagLen);
  CLAUSTRUM_CHECK(plaintext.size() == body.size() && body.size() <= kMaxMessage);
  auto tag = to_array<kAeadTagLen>(ciphertext.last(kAeadTagLen));
  EVP_CIPHER_CTX* context = state_->context.get();
  state_->start(nonce, aad, 0);
  CLAUSTRUM_CHECK(
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, int{kAeadTagLen}, tag.data()) == 1);
  update(context, body, plaintext.data());
  if (!CLAUSTRUM_GUARD("crypto.aead.tag", state_->finish())) {
    wipe(plaintext.data(), plaintext.size());
    return Error(Code::kBadSignature, "aead.open", "tag does not verify");
  }
  return ok_status();
}

Bytes aes_key_wrap(BytesView kek, BytesView key) {
  CLAUSTRUM_CHECK(key.size() == 32);
  const Owned<EVP_CIPHER_CTX> context = wrap_context(kek, 1);
  Bytes out(key.size() + kWrapOverhead);
  int written = 0;
  CLAUSTRUM_CHECK(EVP_CipherUpdate(context.get(), out.data(), &written, key.data(),
                                   static_cast<int>(key.size())) == 1);
  CLAUSTRUM_CHECK(written == static_cast<int>(out.size()));
  return out;
}

Result<SecretBytes> aes_key_unwrap(BytesView kek, BytesView wrapped) {
  if (wrapped.size() != 32 + kWrapOverhead) {
    return Error(Code::kMalformed, "aead.unwrap", "a wrapped key has 40 bytes");
  }
  const Owned<EVP_CIPHER_CTX> context = wrap_context(kek, 0);
  // OpenSSL writes before it checks; give it a spare block.
  SecretBytes out(wrapped.size());
  int written = 0;
  const int good = EVP_CipherUpdate(context.get(), out.writable().data(), &written, wrapped.data(),
                                    static_cast<int>(wrapped.size()));
  ERR_clear_error();
  if (!CLAUSTRUM_GUARD("crypto.aead.unwrap", good == 1 && written == 32)) {
    return Error(Code::kBadSignature, "aead.unwrap", "integrity value does not verify");
  }
  out.shrink(32);
  return out;
}

}  // namespace claustrum::crypto
