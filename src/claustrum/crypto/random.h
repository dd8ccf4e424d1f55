// SPDX-License-Identifier: Apache-2.0
// Randomness from the operating system through OpenSSL's CSPRNG; failure aborts.
#pragma once

#include "claustrum/base/secret.h"

namespace claustrum::crypto {

void random_fill(std::span<std::uint8_t> out);
template <std::size_t N>
ByteArray<N> random_array() {
  ByteArray<N> out;
  random_fill(out);
  return out;
}
SecretBytes random_secret(std::size_t size);

}  // namespace claustrum::crypto
