// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tdx/verify.h"

#include "claustrum/base/guard.h"
#include "claustrum/evidence/core/verifier_access.h"
#include "claustrum/evidence/dcap/judge.h"
#include "claustrum/evidence/tdx/checks.h"
#include "claustrum/evidence/tdx/details.h"
#include "claustrum/evidence/tdx/event_log.h"

namespace claustrum::evidence::tdx {
namespace {

Result<dcap::Quote> parse(BytesView evidence) {
  CLAUSTRUM_TRY_ASSIGN(dcap::Quote quote, dcap::parse_quote(evidence));
  if (!CLAUSTRUM_GUARD("evidence.tdx.tee", quote.td() != nullptr)) {
    return Error(Code::kMalformed, "tdx.format.tee", "a quote of SGX");
  }
  return quote;
}

void judge(const VerifyInput& in, const Collateral& collateral, const dcap::Quote& quote,
           Verification& out) {
  const dcap::Judged judged = dcap::judge_quote(in, collateral, quote, out.factors);
  if (!CLAUSTRUM_GUARD("evidence.tdx.authentic", dcap::authentic(out.factors))) {
    out.unverified_claims =
        make_claims(quote, judged.unverified ? &*judged.unverified : nullptr, {}, nullptr);
    return;
  }
  const std::optional<dcap::TcbResult> tcb = dcap::judge_platform_tcb(judged, quote, out.factors);
  dcap::record(out.factors, "debug", check_debug(*quote.td()), "debug and profiling off",
               "launch the TD without debug and profiling attributes");
  dcap::record(out.factors, "attributes", check_attributes(*quote.td()),
               "SEPT_VE_DISABLE on, no unknown attribute, XFAM as the module allows",
               "launch the TD with SEPT_VE_DISABLE and known attributes");
  Claims claims = make_claims(quote, judged.chain ? &*judged.chain : nullptr, judged.documents,
                              tcb ? &*tcb : nullptr);
  if (codec::Json log = judge_event_log(collateral, *quote.td(), out.factors); !log.is_null()) {
    claims.details.set("event_log", std::move(log));
  }
  claims.simulated = judged.root.simulated;
  claims.root_spki_sha256 = judged.root.spki_sha256;
  out.claims = VerifierAccess::verified(std::move(claims));
}

}  // namespace

Verification verify(const VerifyInput& input) {
  Verification out;
  out.platform = kPlatform;
  const Collateral none;
  const Collateral& collateral = input.collateral == nullptr ? none : *input.collateral;
  const Result<dcap::Quote> quote = parse(input.evidence);
  if (quote.ok()) {
    out.factors.pass("format", "a TDX quote of version 4 or 5",
                     "version " + std::to_string(quote->header.version) + ", body type " +
                         std::to_string(quote->body_type));
    judge(input, collateral, *quote, out);
  } else {
    out.factors.fail("format", quote.error(), "a TDX quote of version 4 or 5",
                     "send the quote as the platform gave it");
    // Another version or key type is not known to be anybody's word, so it is refused, no more.
    out.malformed = quote.error().code() == Code::kMalformed;
  }
  out.factors.not_reached(dcap::kAuthenticity);
  out.factors.not_reached(dcap::kJudged);
  out.factors.not_reached({kEventLogFactor});
  return out;
}

}  // namespace claustrum::evidence::tdx
