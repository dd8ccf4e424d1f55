// SPDX-License-Identifier: Apache-2.0
// Verification of attestation documents of AWS Nitro enclaves and of NitroTPM: a list of named
// questions, see README.md. Pure: no clock, network or device. Claims exist only where format,
// platform, root, chain, validity, signature, identity, registers and timestamp all pass; what a
// policy may judge (simulated, debug) is reported beside them.
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::nitro {

inline constexpr std::string_view kPlatform = "aws-nitro";
inline constexpr std::string_view kTpmPlatform = "aws-nitrotpm";

// A document of an enclave; one of a NitroTPM is refused. No collateral is looked at.
Verification verify(const VerifyInput& input);
// A document of an EC2 instance's NitroTPM; one of an enclave is refused.
Verification verify_tpm(const VerifyInput& input);

// kPlatform or kTpmPlatform for what looks like a document, damaged ones included; else empty.
// Decides which verifier to ask, nothing more.
std::string_view platform_of(BytesView evidence);

}  // namespace claustrum::evidence::nitro
