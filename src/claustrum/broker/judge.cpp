// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/judge.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::broker {

namespace {

// The session's nonce, the wrapping key and the report must be one: else evidence of one workload
// could fetch a secret for the key of another.
void judge_binding(const Presented& presented, std::string_view session_nonce,
                   const evidence::Verification& verification, evidence::Factors& out) {
  const bool fresh =
      equal_constant_time(as_bytes(presented.message.nonce), as_bytes(session_nonce));
  if (CLAUSTRUM_GUARD("broker.nonce", fresh)) {
    out.pass("nonce", "this session's challenge", "this session's challenge");
  } else {
    out.fail("nonce", "broker.nonce", "this session's challenge", "another nonce",
             "answer the challenge of the session that the cookie names");
  }
  if (!verification.claims.has_value()) {
    return;
  }
  const ByteArray<64> expected = kbs::report_data(
      presented.message.nonce, presented.message.tee_pubkey, presented.message.additional_evidence);
  const Bytes& found = (*verification.claims)->report_data;
  if (CLAUSTRUM_GUARD("broker.binding", equal(found, expected))) {
    out.pass("binding", codec::hex_encode(expected), codec::hex_encode(found));
  } else {
    out.fail("binding", "broker.binding", codec::hex_encode(expected), codec::hex_encode(found),
             "put SHA-384 over the canonical runtime data into report data");
  }
}

void judge_init_data(const Presented& presented, const evidence::Verification& verification,
                     evidence::Factors& out) {
  if (!presented.message.init_data.has_value() || !verification.claims.has_value()) {
    return;
  }
  const Result<policy::InitData> init_data =
      policy::parse_init_data(as_bytes(presented.message.init_data->body));
  const Status bound =
      init_data.ok() ? policy::check_launch_digest(*init_data, (*verification.claims)->host_data)
                     : Status(init_data.error());
  if (CLAUSTRUM_GUARD("broker.init_data", bound.ok())) {
    out.pass("init-data-digest", "digest in the launch data slot", "equal");
  } else {
    out.fail("init-data-digest", bound.error(), "digest in the launch data slot",
             "send the init-data the workload was launched with");
  }
}

}  // namespace

policy::Appraisal judge(const policy::Policy& policy, const Presented& presented,
                        std::string_view session_nonce, const document::Verifiers& verifiers,
                        Instant now) {
  evidence::Verification verification;
  verification.platform = presented.platform;
  const evidence::Floors floors = policy.floors();
  const auto verifier = verifiers.find(presented.platform);
  if (verifier != verifiers.end()) {
    evidence::VerifyInput input;
    input.evidence = presented.evidence;
    input.collateral = &presented.collateral;
    input.now = now;
    input.floors = &floors;
    input.extra_roots = policy.trusted_roots(now);
    verification = verifier->second(input);
  } else {
    verification.unsupported = true;
  }
  policy::AppraisalInput input;
  input.verification = &verification;
  input.now = now;
  if (presented.message.init_data.has_value()) {
    input.init_data = as_bytes(presented.message.init_data->body);
  }
  judge_binding(presented, session_nonce, verification, input.more);
  judge_init_data(presented, verification, input.more);
  return policy::appraise(policy, input);
}

Result<Presented> parse_presented(std::string_view tee, BytesView attestation_body) {
  Presented out;
  if (tee != "snp") {
    return Error(Code::kUnsupported, "broker.tee", "this broker verifies tee snp only");
  }
  out.platform = "amd-sev-snp";
  CLAUSTRUM_TRY_ASSIGN(out.message, kbs::parse_attestation(attestation_body));
  CLAUSTRUM_TRY_ASSIGN(kbs::SnpEvidence evidence,
                       kbs::parse_snp_evidence(out.message.primary_evidence));
  out.evidence = std::move(evidence.report);
  out.collateral = std::move(evidence.collateral);
  return out;
}

}  // namespace claustrum::broker
