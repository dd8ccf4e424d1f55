// SPDX-License-Identifier: Apache-2.0
// The bytes by which a verifier recognises that evidence answers its own request. Guards against
// comparing a nonce with a field that the attested code fills for other ends, where the platform
// has one for nonces.
#pragma once

#include "claustrum/evidence/core/claims.h"

namespace claustrum::evidence {

// The vendor's `nonce` where the evidence carries one (AWS Nitro), else the report data.
Bytes answered_nonce(const Claims& claims);

}  // namespace claustrum::evidence
