// SPDX-License-Identifier: Apache-2.0
// Any text, with and without floats. What is read must be written so that it reads the same, and
// the canonical text must be its own canonical text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/json.h"

namespace {

using namespace claustrum::codec;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check(claustrum::BytesView text, const JsonLimits& limits) {
  const auto value = parse_json(text, limits);
  if (!value.ok()) {
    return;
  }
  // A whole double ("1.0") is written as an integer, so texts are compared, not values.
  JsonLimits roomy = limits;
  roomy.max_bytes *= 8;
  for (const std::string& written : {to_json(*value), to_pretty_json(*value)}) {
    const auto again = parse_json(std::string_view(written), roomy);
    require(again.ok() && to_json(*again) == to_json(*value));
  }
  roomy.numbers = JsonNumbers::kAny;
  const std::string canonical = to_jcs(*value);
  const auto again = parse_json(std::string_view(canonical), roomy);
  require(again.ok() && to_jcs(*again) == canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  JsonLimits limits;
  check({data, size}, limits);
  limits.numbers = JsonNumbers::kAny;
  check({data, size}, limits);
  return 0;
}
