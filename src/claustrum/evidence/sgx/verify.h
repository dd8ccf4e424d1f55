// SPDX-License-Identifier: Apache-2.0
// Intel SGX: a DCAP quote (version 3, or an SGX body in version 4 or 5) and its collateral become
// factors and, where signatures, chain, pinned root, times and quoting enclave all hold, verified
// claims [Intel SGX ECDSA quote library API; Intel PCS API v4].
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::sgx {

inline constexpr std::string_view kPlatform = "intel-sgx";

Verification verify(const VerifyInput& input);

}  // namespace claustrum::evidence::sgx
