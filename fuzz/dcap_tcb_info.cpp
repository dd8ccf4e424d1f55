// SPDX-License-Identifier: Apache-2.0
// TCB Info from anywhere: what is read is in order, complete for its TEE, and matching any platform
// against it ends in a level the platform covers or in none.
#include <algorithm>

#include "claustrum/base/check.h"
#include "claustrum/evidence/dcap/tcb_match.h"

using namespace claustrum;
using namespace claustrum::evidence::dcap;

namespace {

// A platform out of the input's own last bytes, so that the fuzzer reaches every comparison.
PlatformTcb platform_of(BytesView input) {
  PlatformTcb out;
  for (std::size_t i = 0; i < out.components.size() && i < input.size(); ++i) {
    out.components[i] = input[input.size() - 1 - i];
  }
  out.pce_svn = out.components[0];
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const Result<TcbInfo> info = parse_tcb_info(input);
  if (!info.ok()) {
    CLAUSTRUM_CHECK(info.error().reason().starts_with("dcap."));
    return 0;
  }
  const bool tdx = info->id == kIdTdx;
  CLAUSTRUM_CHECK(!info->levels.empty() && info->tdx_module.has_value() == tdx);
  CLAUSTRUM_CHECK(std::ranges::is_sorted(
      info->levels, [](const TcbLevel& a, const TcbLevel& b) { return a.sgx > b.sgx; }));
  QeIdentity identity;
  identity.id = tdx ? kIdTdQe : kIdQe;
  identity.levels = {{0, info->issue_date, TcbStatus::kUpToDate, {}}};
  TdReportBody td;
  td.tee_tcb_svn = platform_of(input).components;
  const Result<TcbResult> result =
      evaluate_tcb(*info, identity, platform_of(input), SgxReportBody(), tdx ? &td : nullptr);
  CLAUSTRUM_CHECK(!result.ok() || result->date <= result->platform_date);
  return 0;
}
