// SPDX-License-Identifier: Apache-2.0
// vCPU types by the names QEMU gives them, and the CPUID signature (Fn0000_0001 EAX) their family,
// model and stepping make [AMD CPUID specification 25481]: QEMU leaves it in RDX of the measured
// state, so guests of different types have different launch digests.
#pragma once

#include <vector>

#include "claustrum/base/result.h"

namespace claustrum::evidence::snp_launch {

std::uint32_t vcpu_signature(unsigned family, unsigned model, unsigned stepping);

// "EPYC-Milan-v2". Unsupported "launch.vcpu_type" with what is known; upper and lower case alike.
Result<std::uint32_t> signature_of_type(std::string_view name);
std::vector<std::string_view> vcpu_types();

}  // namespace claustrum::evidence::snp_launch
