// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>

namespace claustrum::crypto {

namespace {

constexpr std::size_t kPiece = 1 << 20;

void fill(std::span<std::uint8_t> out, int (*generate)(unsigned char*, int)) {
  while (!out.empty()) {
    const std::size_t piece = std::min(out.size(), kPiece);
    CLAUSTRUM_CHECK(generate(out.data(), static_cast<int>(piece)) == 1);
    out = out.subspan(piece);
  }
}

}  // namespace

void random_fill(std::span<std::uint8_t> out) {
  fill(out, RAND_bytes);
}

// From the generator OpenSSL keeps apart for values that must stay secret.
SecretBytes random_secret(std::size_t size) {
  SecretBytes out(size);
  fill(out.writable(), RAND_priv_bytes);
  return out;
}

}  // namespace claustrum::crypto
