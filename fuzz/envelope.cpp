// SPDX-License-Identifier: Apache-2.0
// Containers of evidence: whatever is taken out, it is named.
#include "claustrum/evidence/core/envelope.h"
#include "claustrum/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto out = claustrum::evidence::unwrap_evidence({data, size});
  CLAUSTRUM_CHECK(!out.ok() || !out->container.empty());
  return 0;
}
