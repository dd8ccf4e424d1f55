// SPDX-License-Identifier: Apache-2.0
// AEAD ciphers with 12-byte nonces and 16-byte tags appended to the ciphertext. Plaintext reaches
// the caller only after its tag was checked. Not thread-safe; make one per thread.
#pragma once

#include <memory>

#include "claustrum/base/result.h"
#include "claustrum/base/secret.h"

namespace claustrum::crypto {

enum class AeadAlg { kAes128Gcm, kAes256Gcm, kChaCha20Poly1305 };
inline constexpr std::size_t kAeadNonceLen = 12;
inline constexpr std::size_t kAeadTagLen = 16;
std::size_t aead_key_len(AeadAlg alg);

class Aead {
 public:
  // key.size() must be aead_key_len(alg) (checked bug, not input).
  Aead(AeadAlg alg, BytesView key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  Bytes seal(BytesView nonce, BytesView aad, BytesView plaintext) const;
  // Wrong tag or too short: bad_signature "aead.open".
  Result<SecretBytes> open(BytesView nonce, BytesView aad, BytesView ciphertext) const;
  // Into memory of exactly ciphertext.size() - 16 bytes; wiped when the tag fails. May be the
  // ciphertext's own memory.
  Status open_into(BytesView nonce, BytesView aad, BytesView ciphertext,
                   std::span<std::uint8_t> plaintext) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// AES-256 key wrap (RFC 3394) of a 32-byte key. Another length: malformed "aead.unwrap"; a wrong
// integrity value: bad_signature "aead.unwrap".
Bytes aes_key_wrap(BytesView kek, BytesView key);
Result<SecretBytes> aes_key_unwrap(BytesView kek, BytesView wrapped);

}  // namespace claustrum::crypto
