// SPDX-License-Identifier: Apache-2.0
// Any text, either alphabet, and hexadecimal: a text that decodes is the one that its bytes encode
// to.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::codec;
  const claustrum::BytesView input(data, size);
  const std::string_view text = claustrum::as_text(input);
  if (const auto bytes = base64_decode(text); bytes.ok()) {
    require(base64_encode(*bytes) == text);
  }
  if (const auto bytes = base64url_decode(text); bytes.ok()) {
    require(base64url_encode(*bytes) == text);
  }
  if (const auto bytes = hex_decode(text); bytes.ok()) {
    require(hex_decode(hex_encode(*bytes)).value() == *bytes);
  }
  require(base64_decode(base64_encode(input)).ok());
  require(base64url_decode(base64url_encode(input)).ok());
  return 0;
}
