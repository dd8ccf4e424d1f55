// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/judge.h"

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kNonce = "nonce";
constexpr std::string_view kBinding = "binding";

void judge_nonce(const Presented& presented, std::string_view session_nonce,
                 evidence::Factors& out) {
  constexpr const char* kExpected = "this session's challenge";
  const bool fresh =
      equal_constant_time(as_bytes(presented.message.nonce), as_bytes(session_nonce));
  if (CLAUSTRUM_GUARD("broker.nonce", fresh)) {
    out.pass(kNonce, kExpected, kExpected);
  } else {
    out.fail(kNonce, "broker.nonce", kExpected, "another nonce",
             "answer the challenge of the session that the cookie names");
  }
}

// The session's nonce, the wrapping key and the report must be one: else evidence of one workload
// could fetch a secret for the key of another.
void judge_binding(const Presented& presented, const evidence::Claims& claims,
                   evidence::Factors& out) {
  const ByteArray<64> expected = kbs::report_data(
      presented.message.nonce, presented.message.tee_pubkey, presented.message.additional_evidence);
  const Bytes& found = claims.report_data;
  if (CLAUSTRUM_GUARD("broker.binding", equal(found, expected))) {
    out.pass(kBinding, codec::hex_encode(expected), codec::hex_encode(found));
  } else {
    out.fail(kBinding, "broker.binding", codec::hex_encode(expected), codec::hex_encode(found),
             "put SHA-384 over the canonical runtime data into report data");
  }
}

bool passes(const policy::Appraisal& appraisal, std::string_view id) {
  const evidence::Factor* factor = appraisal.factors().find(id);
  return factor != nullptr && factor->status == evidence::FactorStatus::kPass;
}

}  // namespace

Result<Presented> parse_presented(std::string_view tee, BytesView attestation_body) {
  Presented out;
  if (tee != "snp") {
    return Error(Code::kUnsupported, "broker.tee", "this broker verifies tee snp only");
  }
  out.platform = "amd-sev-snp";
  CLAUSTRUM_TRY_ASSIGN(out.message, kbs::parse_attestation(attestation_body));
  const std::string& more = out.message.additional_evidence;
  if (!CLAUSTRUM_GUARD("broker.additional_evidence", more.empty() || more == "{}")) {
    return Error(Code::kUnsupported, "broker.additional_evidence",
                 "device evidence is not verified by this broker; attest without devices");
  }
  CLAUSTRUM_TRY_ASSIGN(kbs::SnpEvidence evidence,
                       kbs::parse_snp_evidence(out.message.primary_evidence));
  out.message.primary_evidence = codec::Json();
  out.evidence = std::move(evidence.report);
  out.collateral = std::move(evidence.collateral);
  return out;
}

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
  // The policy compares its digest with the hardware's launch slot before it looks inside.
  if (presented.message.init_data.has_value()) {
    input.init_data = as_bytes(presented.message.init_data->body);
  }
  judge_nonce(presented, session_nonce, input.more);
  if (verification.claims.has_value()) {
    judge_binding(presented, **verification.claims, input.more);
  } else {
    input.more.not_reached({kBinding});
  }
  return policy::appraise(policy, input);
}

WorkloadId workload_id(const evidence::Claims& claims) {
  ByteWriter out;
  const auto add = [&out](BytesView part) {
    out.u32be(static_cast<std::uint32_t>(part.size())).bytes(part);
  };
  add(as_bytes(claims.platform));
  add(claims.hardware_id);
  for (const auto& [name, value] : claims.measurements) {
    add(as_bytes(name));
    add(value);
  }
  add(claims.host_data);
  return crypto::sha256(out.view());
}

std::optional<WorkloadId> proven_workload(const policy::Appraisal& appraisal) {
  const bool bound = passes(appraisal, kNonce) && passes(appraisal, kBinding);
  if (appraisal.claims() == nullptr || !CLAUSTRUM_GUARD("broker.presence", bound)) {
    return std::nullopt;
  }
  return workload_id(*appraisal.claims());
}

}  // namespace claustrum::broker
