// SPDX-License-Identifier: Apache-2.0
// From bytes to a verdict: open the container, find the platform, verify, compare what the caller
// expects, appraise by the policy. Each step is a call into the module that owns it.
#include "claustrum/verify/verify.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/core/answer.h"
#include "claustrum/evidence/core/envelope.h"
#include "claustrum/evidence/snp/cert_table.h"
#include "claustrum/evidence/tdx/event_log.h"
#include "claustrum/verify/judgement.h"
#include "claustrum/verify/verifiers.h"

namespace claustrum::verify {

namespace {

constexpr int kMaxCaseDepth = 64;

// Parsers bound what they read; this bounds what they are given.
Status check_size(const char* what, std::size_t size) {
  if (!CLAUSTRUM_GUARD("verify.size", size <= kMaxInputLen)) {
    return Error(Code::kExhausted, "verify.size", std::string(what) + " is larger than allowed");
  }
  return ok_status();
}

Status check_sizes(const Input& input) {
  CLAUSTRUM_TRY(check_size("evidence", input.evidence.size()));
  CLAUSTRUM_TRY(check_size("policy", input.policy ? input.policy->size() : 0));
  CLAUSTRUM_TRY(check_size("init-data", input.init_data ? input.init_data->size() : 0));
  for (const auto& [name, contents] : input.collateral) {
    CLAUSTRUM_TRY(check_size("collateral", contents.size()));
  }
  return ok_status();
}

struct Taken {
  evidence::Unwrapped unwrapped;
  evidence::Collateral collateral;
  document::Verifiers::const_iterator verifier;
};

// What came beside the evidence stands in for what the caller did not give. A log that the caller
// names stands alone: two halves of two boots are none.
Result<evidence::Collateral> collateral_of(const Input& input,
                                           const evidence::Unwrapped& unwrapped) {
  using namespace evidence::tdx;
  evidence::Collateral out = input.collateral;
  const bool own_log =
      out.contains(kEventLog) || out.contains(kCcel) || out.contains(kAgentEventLog);
  for (const auto& [name, contents] : unwrapped.beside) {
    if (name == "auxblob") {
      CLAUSTRUM_TRY_ASSIGN(const auto entries, evidence::snp::parse_cert_table(contents));
      out.merge(evidence::snp::collateral_of(entries));
    } else if (!own_log || (name != kEventLog && name != kAgentEventLog)) {
      out.try_emplace(name, contents);
    }
  }
  return out;
}

Result<Taken> take(const Input& input) {
  CLAUSTRUM_TRY_ASSIGN(evidence::Unwrapped unwrapped, evidence::unwrap_evidence(input.evidence));
  const std::string platform =
      input.platform.empty() ? detect_platform(unwrapped.evidence) : input.platform;
  if (platform.empty()) {
    CLAUSTRUM_TRY(evidence::check_evidence_format(unwrapped.evidence));
    return Error(Code::kMalformed, "verify.unrecognised",
                 "no evidence of a platform we know; give its bytes without their container, or "
                 "name the platform with --as");
  }
  CLAUSTRUM_TRY_ASSIGN(const auto verifier, find_verifier(platform));
  CLAUSTRUM_TRY_ASSIGN(evidence::Collateral collateral, collateral_of(input, unwrapped));
  return Taken{std::move(unwrapped), std::move(collateral), verifier};
}

// Evidence without report data of the verifier's own choice may be of any age: the verdict says so.
evidence::Factors judge_report_data(const std::optional<BytesView>& wanted,
                                    const evidence::Verification& verification) {
  constexpr const char* kExpected = "report data equal to --report-data";
  evidence::Factors out;
  if (!wanted) {
    out.add({"nonce", evidence::FactorStatus::kNotAttested, "", "none demanded (--report-data)", "",
             ""});
  } else if (!verification.claims) {
    out.not_reached({"nonce"});
  } else if (CLAUSTRUM_GUARD("verify.report_data",
                             equal(*wanted, evidence::answered_nonce(**verification.claims)))) {
    out.pass("nonce", kExpected, "equal");
  } else {
    out.fail("nonce", "verify.report_data", kExpected,
             codec::hex_encode(evidence::answered_nonce(**verification.claims)),
             "this evidence answers another request; ask for fresh evidence");
  }
  return out;
}

// The verdict on evidence that nobody appraised is never an acceptance.
policy::Verdict unappraised(const evidence::Verification& verification) {
  if (verification.malformed) {
    return policy::Verdict::kMalformed;
  }
  return verification.unsupported ? policy::Verdict::kUnsupported : policy::Verdict::kRefused;
}

// Authentic at best: without a policy nothing says that it is acceptable.
void finish_unappraised(const evidence::Factors& nonce, Judgement& out) {
  out.factors = out.verification.factors;
  out.factors.add(nonce.list().front());
  out.factors.fail("policy", "policy.none", "a policy", "none given",
                   "pass --policy FILE; without one evidence is authentic at best");
  out.verdict = unappraised(out.verification);
}

Result<Judgement> judge(const Input& input) {
  CLAUSTRUM_TRY(check_sizes(input));
  CLAUSTRUM_TRY_ASSIGN(const Taken taken, take(input));
  Judgement out;
  out.time = Instant{input.time};
  out.time_source = input.time_source;
  out.container = taken.unwrapped.container;
  evidence::VerifyInput verified;
  verified.evidence = taken.unwrapped.evidence;
  verified.collateral = &taken.collateral;
  verified.now = out.time;
  if (!input.policy) {
    out.verification = taken.verifier->second(verified);
    finish_unappraised(judge_report_data(input.report_data, out.verification), out);
    return out;
  }
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy policy, policy::Policy::parse(as_bytes(*input.policy)));
  const evidence::Floors floors = policy.floors();
  verified.floors = input.floors ? &floors : nullptr;
  verified.extra_roots = policy.trusted_roots(out.time);
  out.verification = taken.verifier->second(verified);
  policy::AppraisalInput judged;
  judged.verification = &out.verification;
  judged.now = out.time;
  judged.init_data = input.init_data;
  judged.more = judge_report_data(input.report_data, out.verification);
  out.appraisal = policy::appraise(policy, judged);
  return out;
}

Result<Judgement> judge(const DocumentInput& input) {
  CLAUSTRUM_TRY(check_size("document", input.document.size()));
  CLAUSTRUM_TRY(check_size("profile", input.profile.size()));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile profile,
                       document::verify_profile(input.profile, input.publisher_sha256));
  document::DocumentInput judged;
  judged.document = input.document;
  judged.nonce = input.nonce;
  judged.now = Instant{input.time};
  judged.profile = &profile;
  judged.verifiers = &verifiers();
  judged.least_profile_number = input.least_profile_number;
  Judgement out;
  out.time = judged.now;
  out.time_source = input.time_source;
  out.appraisal = document::verify_document(judged).appraisal;
  return out;
}

// The folder's own case.json says what is demanded and waived.
Result<Judgement> judge(BytesView case_json, const evidence::CaseLoader& load, Instant fallback) {
  codec::JsonLimits limits;
  // Informational members hold fractions and nest as they like.
  limits.numbers = codec::JsonNumbers::kAny;
  limits.max_depth = kMaxCaseDepth;
  CLAUSTRUM_TRY_ASSIGN(const codec::Json file, codec::parse_json(case_json, limits));
  CLAUSTRUM_TRY_ASSIGN(const evidence::Case c, evidence::load_case(file, load, fallback));
  CLAUSTRUM_TRY_ASSIGN(const auto verifier, find_verifier(c.platform));
  evidence::VerifyInput input;
  input.evidence = c.evidence;
  input.collateral = &c.collateral;
  input.now = c.verify_at;
  Judgement out;
  out.time = c.verify_at;
  out.time_source = c.verify_at == fallback ? "" : "case.json";
  out.verification = verifier->second(input);
  evidence::CaseVerdict judged = evidence::judge_case(out.verification, c);
  out.factors = std::move(judged.factors);
  out.verdict = judged.accepted ? policy::Verdict::kAccepted : unappraised(out.verification);
  return out;
}

Verdict verdict_of(Result<Judgement> judgement) {
  return judgement.ok() ? make_verdict(std::move(judgement).value())
                        : make_verdict(judgement.error());
}

}  // namespace

Verdict verify(const Input& input) noexcept {
  return verdict_of(judge(input));
}

Verdict verify_document(const DocumentInput& input) noexcept {
  return verdict_of(judge(input));
}

Verdict verify_case(BytesView case_json, const evidence::CaseLoader& load, Instant fallback) {
  return verdict_of(judge(case_json, load, fallback));
}

}  // namespace claustrum::verify
