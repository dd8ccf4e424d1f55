// SPDX-License-Identifier: Apache-2.0
// Containers of evidence: whatever is taken out, it is named; what is raw is what was given, and
// what came beside it has a name that collateral has.
#include "claustrum/evidence/core/envelope.h"
#include "claustrum/base/check.h"

using namespace claustrum;
using namespace claustrum::evidence;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const Status format = check_evidence_format(input);
  CLAUSTRUM_CHECK(format.ok() || format.error().code() == Code::kUnsupported);
  const Result<Unwrapped> out = unwrap_evidence(input);
  if (!out.ok()) {
    return 0;
  }
  CLAUSTRUM_CHECK(!out->container.empty());
  CLAUSTRUM_CHECK(out->container != "raw" || equal(out->evidence, input));
  for (const auto& [name, bytes] : out->beside) {
    CLAUSTRUM_CHECK(name == "event_log" || name == "aa_event_log" || name == "auxblob");
  }
  return 0;
}
