// SPDX-License-Identifier: Apache-2.0
// For tests: ECDSA signatures as r || s, spelled in the ways an attacker tries.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence {

inline const Bytes& order_p256() {
  static const Bytes order =
      codec::hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  return order;
}

inline const Bytes& order_p384() {
  static const Bytes order = codec::hex_decode(
                                 "ffffffffffffffffffffffffffffffffffffffffffffffff"
                                 "c7634d81f4372ddf581a0db248b0a77aecec196accc52973")
                                 .value();
  return order;
}

// n - s: (r, n - s) verifies wherever (r, s) does.
inline Bytes negated(BytesView scalar, BytesView order) {
  Bytes out(order.size());
  int borrow = 0;
  for (std::size_t i = order.size(); i-- > 0;) {
    const int difference = int{order[i]} - int{scalar[i]} - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return out;
}

// r or s or both replaced by 0, n and the largest number: none is a signature of anything.
inline std::vector<Bytes> impossible_signatures(BytesView good, const Bytes& order) {
  const std::size_t size = order.size();
  const Bytes r = to_bytes(good.first(size));
  const Bytes s = to_bytes(good.last(size));
  std::vector<Bytes> out;
  for (const Bytes& bad : {Bytes(size), order, Bytes(size, 0xff)}) {
    for (const Bytes& signature : {concat({bad, s}), concat({r, bad}), concat({bad, bad})}) {
      out.push_back(signature);
    }
  }
  return out;
}

}  // namespace claustrum::evidence
