// SPDX-License-Identifier: Apache-2.0
// Any bytes, leniently and strictly. The deterministic encoding of what was read must read back as
// the same item; input accepted as deterministic must be that encoding.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/cbor.h"

namespace {

using namespace claustrum::codec;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claustrum::BytesView input(data, size);
  CborLimits strict;
  strict.require_deterministic = true;
  CborLimits lenient;
  lenient.allow_indefinite = true;
  const auto item = parse_cbor(input, lenient);
  const auto exact = parse_cbor(input, strict);
  if (item.ok()) {
    const claustrum::Bytes encoded = encode_cbor(*item);
    const auto again = parse_cbor(encoded, strict);
    require(again.ok() && *again == *item && encode_cbor(*again) == encoded);
    require(exact.ok() == claustrum::equal(encoded, input));
  } else {
    require(!exact.ok());
  }
  return 0;
}
