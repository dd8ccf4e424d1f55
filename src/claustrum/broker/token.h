// SPDX-License-Identifier: Apache-2.0
// The attestation token that /attest returns: an EAR in Trustee's dialect, ES256 by the broker key
// [facts: KBS a.5]. It reports the baseline appraisal; secrets are released by their own policies,
// whatever this token says. Its header names the key ("kid", the broker id) and never carries it: a
// verifier that trusts a key because a token brings it trusts everybody.
#pragma once

#include "claustrum/broker/judge.h"

namespace claustrum::broker {

struct TokenInput {
  const policy::Appraisal* appraisal = nullptr;  // accepted by the baseline
  const Presented* presented = nullptr;
  std::string_view session_id;  // becomes "jti"
  Instant now;
  Instant expires;  // with the session
};

std::string make_token(const TokenInput& input, const crypto::PrivateKey& broker);

}  // namespace claustrum::broker
