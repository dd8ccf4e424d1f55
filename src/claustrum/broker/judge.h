// SPDX-License-Identifier: Apache-2.0
// Judging what a workload presented, by one policy: verify, bind to this session, appraise. Called
// again for each secret, since each has its own policy, roots and floors. Guards against evidence
// of one workload used for another's key, and against evidence nobody looked at.
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
  kbs::Attestation message;  // its evidence is above; primary_evidence is null
};

// KBS tee name to verifier name. unsupported "broker.tee" for what is not spoken here,
// "broker.additional_evidence" for device evidence: what nothing judges is not let pass.
Result<Presented> parse_presented(std::string_view tee, BytesView attestation_body);

// `session_nonce` is what this broker chose for the session.
policy::Appraisal judge(const policy::Policy& policy, const Presented& presented,
                        std::string_view session_nonce, const document::Verifiers& verifiers,
                        Instant now);

// Machine, program and configuration, to count by.
using WorkloadId = crypto::Sha256Digest;
WorkloadId workload_id(const evidence::Claims& claims);
// Nothing unless the evidence is authentic and was made for this session and this key: anybody may
// send evidence seen elsewhere, and must not be taken for the workload it belongs to.
std::optional<WorkloadId> proven_workload(const policy::Appraisal& appraisal);

}  // namespace claustrum::broker
