// SPDX-License-Identifier: Apache-2.0
// Any text through toml++ and our conversion. What comes out must be within its limits and ordinary
// JSON; a refusal must not quote the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::codec;
  JsonLimits limits;
  limits.max_bytes = 64 * 1024;
  const auto value = parse_toml({data, size}, limits);
  if (!value.ok()) {
    if (value.error().text().size() > 64) {
      std::abort();
    }
    return 0;
  }
  JsonLimits roomy = limits;
  roomy.max_bytes = std::size_t{1} << 20;
  const std::string written = to_json(*value);
  const auto again = parse_json(std::string_view(written), roomy);
  if (!again.ok() || !(*again == *value)) {
    std::abort();
  }
  return 0;
}
