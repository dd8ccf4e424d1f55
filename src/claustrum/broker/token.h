// SPDX-License-Identifier: Apache-2.0
// The attestation token that /attest returns: an EAR in Trustee's dialect, ES256 by the broker key
// [facts: KBS a.5]. It reports the baseline appraisal; secrets are released by their own policies,
// whatever this token says.
#pragma once

#include "claustrum/broker/judge.h"

namespace claustrum::broker {

std::string make_token(const policy::Appraisal& appraisal, const Presented& presented,
                       const crypto::PrivateKey& broker, Instant now);

}  // namespace claustrum::broker
