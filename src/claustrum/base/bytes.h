// SPDX-License-Identifier: Apache-2.0
// Byte strings. Bytes owns, BytesView looks; neither is for secrets (secret.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace claustrum {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;

BytesView as_bytes(std::string_view text);
std::string_view as_text(BytesView bytes);
Bytes to_bytes(BytesView bytes);
Bytes to_bytes(std::string_view text);

bool equal(BytesView a, BytesView b);
// Time depends on the lengths only. Use for tags, digests of secrets, tokens, nonces.
bool equal_constant_time(BytesView a, BytesView b);
bool all_zero(BytesView bytes);
void append(Bytes& to, BytesView more);
void append(Bytes& to, std::string_view more);
Bytes concat(std::initializer_list<BytesView> parts);

// The first N bytes; the caller has checked the length (CLAUSTRUM_CHECK otherwise).
template <std::size_t N>
ByteArray<N> to_array(BytesView bytes);

}  // namespace claustrum

#include "claustrum/base/check.h"

namespace claustrum {

template <std::size_t N>
ByteArray<N> to_array(BytesView bytes) {
  CLAUSTRUM_CHECK(bytes.size() == N);
  ByteArray<N> out;
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = bytes[i];
  }
  return out;
}

}  // namespace claustrum
