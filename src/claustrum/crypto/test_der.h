// SPDX-License-Identifier: Apache-2.0
// For tests: DER put together by hand, to make what no encoder would write.
#pragma once

#include "claustrum/base/bytes.h"

namespace claustrum::crypto {

inline Bytes tlv(std::uint8_t tag, BytesView contents) {
  const std::size_t size = contents.size();
  Bytes out = {tag};
  if (size >= 0x10000) {
    append(out, Bytes{0x83, static_cast<std::uint8_t>(size >> 16),
                      static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else if (size >= 0x100) {
    append(out, Bytes{0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else if (size >= 0x80) {
    append(out, Bytes{0x81, static_cast<std::uint8_t>(size)});
  } else {
    out.push_back(static_cast<std::uint8_t>(size));
  }
  append(out, contents);
  return out;
}

}  // namespace claustrum::crypto
