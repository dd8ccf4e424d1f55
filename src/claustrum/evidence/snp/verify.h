// SPDX-License-Identifier: Apache-2.0
// Verification of SEV-SNP attestation reports: a list of named questions, see README.md. Pure: no
// clock, network or device. Claims exist only where format, collateral, chain, root, validity,
// signing-key, signature, tcb-binding, chip-binding and product all pass; what a policy may judge
// or waive (revocation, collateral-current, simulated, tcb, debug, migration, guest-policy,
// id-block, vmpl) is reported beside them.
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::snp {

inline constexpr std::string_view kPlatform = "amd-sev-snp";

// Collateral by name: vcek or vlek, ask or asvk, ark, crl; other names are not looked at.
Verification verify(const VerifyInput& input);

}  // namespace claustrum::evidence::snp
