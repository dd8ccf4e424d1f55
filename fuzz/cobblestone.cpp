// SPDX-License-Identifier: Apache-2.0
// Sealed files of the host: nothing opens that the key did not seal.
#include <cstdint>

#include "claustrum/sealed/cobblestone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum;
  static const sealed::FileKey key(ByteArray<32>{1, 2, 3});
  const BytesView context = as_bytes("context");
  if (sealed::open(key, context, BytesView(data, size)).ok()) {
    __builtin_trap();
  }
  // What the key did seal opens, and stops opening with any byte of the input mixed in.
  Bytes good = sealed::seal(key, context, BytesView(data, size));
  if (!sealed::open(key, context, good).ok()) {
    __builtin_trap();
  }
  if (size > 0) {
    good[data[0] % good.size()] ^= 1;
    if (sealed::open(key, context, good).ok()) {
      __builtin_trap();
    }
  }
  return 0;
}
