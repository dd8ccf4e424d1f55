// SPDX-License-Identifier: Apache-2.0
// Request bodies as the engine reads them; the first byte picks the path.
#include <cstddef>
#include <cstdint>

#include "claustrum/engine/openai.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const claustrum::BytesView body(data + 1, size - 1);
  const auto parsed = data[0] % 2 == 0 ? claustrum::engine::parse_chat_request(body)
                                       : claustrum::engine::parse_completion_request(body);
  if (!parsed.ok()) {
    (void)claustrum::codec::to_json(claustrum::engine::make_error(parsed.error()).body);
  }
  return 0;
}
