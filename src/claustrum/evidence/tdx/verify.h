// SPDX-License-Identifier: Apache-2.0
// Intel TDX: a DCAP quote (version 4 or 5; TD 1.0, 1.5 and 1.5ex bodies) and its collateral become
// factors and, where signatures, chain, pinned root, times and quoting enclave all hold, verified
// claims [Intel TDX DCAP quoting library API; Intel PCS API v4].
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::tdx {

inline constexpr std::string_view kPlatform = "intel-tdx";

Verification verify(const VerifyInput& input);

}  // namespace claustrum::evidence::tdx
