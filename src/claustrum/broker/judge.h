// SPDX-License-Identifier: Apache-2.0
// Judging what a workload presented, by one policy: verify, bind to this session, appraise. Called
// again for each secret, since each has its own policy, roots and floors.
#pragma once

#include "claustrum/document/verify_document.h"
#include "claustrum/kbs/messages.h"
#include "claustrum/policy/appraise.h"

namespace claustrum::broker {

// What came with /attest. Only its shape was checked.
struct Presented {
  std::string platform;  // "amd-sev-snp"
  Bytes evidence;
  evidence::Collateral collateral;
  kbs::Attestation message;
};

// `session_nonce` is what this broker chose for the session.
policy::Appraisal judge(const policy::Policy& policy, const Presented& presented,
                        std::string_view session_nonce, const document::Verifiers& verifiers,
                        Instant now);

// KBS tee name to verifier name; unsupported "broker.tee" for what is not spoken here.
Result<Presented> parse_presented(std::string_view tee, BytesView attestation_body);

}  // namespace claustrum::broker
