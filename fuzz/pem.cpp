// SPDX-License-Identifier: Apache-2.0
// Any text. Blocks that were read, written anew, must read the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::codec;
  const claustrum::BytesView input(data, size);
  const auto blocks = pem_decode(input);
  if (!blocks.ok()) {
    return 0;
  }
  std::string text;
  for (const PemBlock& block : *blocks) {
    text += pem_encode(block.label, block.der);
  }
  const auto again = pem_decode(claustrum::as_bytes(text));
  if (!looks_like_pem(input) || !again.ok() || again->size() != blocks->size()) {
    std::abort();
  }
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    if (again->at(i).label != blocks->at(i).label || again->at(i).der != blocks->at(i).der) {
      std::abort();
    }
  }
  return 0;
}
