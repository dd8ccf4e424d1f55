// SPDX-License-Identifier: Apache-2.0
// Walks any bytes as DER: sequences are entered, integers read, the rest skipped by its tag. An
// integer that was read must be the only encoding of its value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/base/writer.h"
#include "claustrum/codec/der.h"

namespace {

using claustrum::codec::DerReader;

void require_minimal(claustrum::BytesView contents, std::uint64_t value) {
  claustrum::ByteWriter out;
  out.u8(0).u64be(value);
  claustrum::BytesView minimal(out.view());
  while (minimal.size() > 1 && minimal[0] == 0 && (minimal[1] & 0x80) == 0) {
    minimal = minimal.subspan(1);
  }
  if (!claustrum::equal(minimal, contents)) {
    std::abort();
  }
}

void walk(DerReader& reader, int depth) {
  while (!reader.done()) {
    const std::uint8_t tag = reader.peek_tag();
    if (tag == claustrum::codec::kDerSequence && depth < 32) {
      DerReader inner = reader.sequence();
      walk(inner, depth + 1);
      if (inner.finish().ok() && !reader.ok()) {
        std::abort();
      }
    } else if (tag == claustrum::codec::kDerInteger) {
      (void)reader.integer();
    } else {
      (void)reader.element(tag);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claustrum::BytesView input(data, size);
  DerReader whole(input, "fuzz");
  walk(whole, 0);
  (void)whole.finish();

  DerReader contents(input, "fuzz");
  const claustrum::BytesView bytes = contents.element(claustrum::codec::kDerInteger);
  DerReader number(input, "fuzz");
  const std::uint64_t value = number.integer();
  if (number.ok()) {
    require_minimal(bytes, value);
  }
  return 0;
}
