// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/bytes.h"

#include <algorithm>

namespace claustrum {

BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes to_bytes(BytesView bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes to_bytes(std::string_view text) {
  return to_bytes(as_bytes(text));
}

bool equal(BytesView a, BytesView b) {
  return std::ranges::equal(a, b);
}

bool equal_constant_time(BytesView a, BytesView b) {
  if (a.size() != b.size()) {
    return false;
  }
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

bool all_zero(BytesView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

void append(Bytes& to, BytesView more) {
  to.insert(to.end(), more.begin(), more.end());
}

void append(Bytes& to, std::string_view more) {
  append(to, as_bytes(more));
}

Bytes concat(std::initializer_list<BytesView> parts) {
  std::size_t total = 0;
  for (const BytesView part : parts) {
    total += part.size();
  }
  Bytes out;
  out.reserve(total);
  for (const BytesView part : parts) {
    append(out, part);
  }
  return out;
}

}  // namespace claustrum
