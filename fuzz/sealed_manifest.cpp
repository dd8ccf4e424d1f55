// SPDX-License-Identifier: Apache-2.0
// Manifests from anybody: one spelling, bounded, paths inside their folder.
#include <cstdint>

#include "claustrum/sealed/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claustrum::BytesView input(data, size);
  const auto manifest = claustrum::sealed::parse_manifest(input);
  if (manifest.ok() && !claustrum::equal(claustrum::sealed::encode_manifest(*manifest), input)) {
    __builtin_trap();
  }
  return 0;
}
