// SPDX-License-Identifier: Apache-2.0
// Token bytes cut at arbitrary places give the same text as uncut, and always valid UTF-8.
#include "claustrum/engine/text_stream.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t step = data[0] % 7 + 1U;
  const std::string all(claustrum::as_text({data + 1, size - 1}));
  claustrum::engine::TextStream whole({"ab", "b\n"});
  claustrum::engine::TextStream cut({"ab", "b\n"});
  std::string expected = whole.push(all);
  expected += whole.finish();
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += step) {
    out += cut.push(std::string_view(all).substr(at, step));
  }
  out += cut.finish();
  if (out != expected) {
    std::abort();
  }
  return 0;
}
