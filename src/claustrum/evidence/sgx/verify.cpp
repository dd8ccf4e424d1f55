// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/sgx/verify.h"

#include <cstdio>

#include "claustrum/base/guard.h"
#include "claustrum/evidence/core/verifier_access.h"
#include "claustrum/evidence/dcap/claims.h"
#include "claustrum/evidence/dcap/judge.h"
#include "claustrum/evidence/sgx/checks.h"

namespace claustrum::evidence::sgx {
namespace {

constexpr std::uint64_t kEinittokenKey = 0x20;
constexpr std::uint64_t kKss = 0x80;

std::string number_hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

void add_details(const dcap::SgxReportBody& b, codec::Json& out) {
  using dcap::hex_json;
  using dcap::number_json;
  out.set("cpu_svn", hex_json(b.cpu_svn)).set("misc_select", number_json(b.misc_select));
  out.set("isv_ext_prod_id", hex_json(b.isv_ext_prod_id));
  out.set("attributes", hex_json(b.attributes));
  out.set("attributes_flags", number_hex(b.flags())).set("xfrm", number_hex(b.xfrm()));
  out.set("provision_key", (b.flags() & dcap::kSgxProvisionKey) != 0);
  out.set("einittoken_key", (b.flags() & kEinittokenKey) != 0).set("kss", (b.flags() & kKss) != 0);
  out.set("mr_enclave", hex_json(b.mr_enclave)).set("mr_signer", hex_json(b.mr_signer));
  out.set("config_id", hex_json(b.config_id)).set("isv_prod_id", number_json(b.isv_prod_id));
  out.set("isv_svn", number_json(b.isv_svn)).set("config_svn", number_json(b.config_svn));
  out.set("isv_family_id", hex_json(b.isv_family_id));
}

Claims make_claims(const dcap::Quote& quote, const dcap::Chain* chain,
                   const dcap::Documents& documents, const dcap::TcbResult* tcb) {
  const dcap::SgxReportBody& body = *quote.sgx();
  Claims out;
  out.platform = kPlatform;
  out.measurements["mr_enclave"] = to_bytes(BytesView(body.mr_enclave));
  out.measurements["mr_signer"] = to_bytes(BytesView(body.mr_signer));
  out.host_data = to_bytes(BytesView(body.config_id));
  out.debug = (body.flags() & dcap::kSgxDebug) != 0;
  out.details = codec::Json::object();
  add_details(body, out.details);
  dcap::add_common_claims(quote, chain, documents, tcb, out);
  return out;
}

Result<dcap::Quote> parse(BytesView evidence) {
  CLAUSTRUM_TRY_ASSIGN(dcap::Quote quote, dcap::parse_quote(evidence));
  if (!CLAUSTRUM_GUARD("evidence.sgx.tee", quote.sgx() != nullptr)) {
    return Error(Code::kMalformed, "sgx.format.tee", "a quote of TDX");
  }
  return quote;
}

void judge(const VerifyInput& in, const Collateral& collateral, const dcap::Quote& quote,
           Verification& out) {
  const dcap::Judged judged = dcap::judge_quote(in, collateral, quote, out.factors);
  if (!CLAUSTRUM_GUARD("evidence.sgx.authentic", dcap::authentic(out.factors))) {
    out.unverified_claims =
        make_claims(quote, judged.unverified ? &*judged.unverified : nullptr, {}, nullptr);
    return;
  }
  const std::optional<dcap::TcbResult> tcb = dcap::judge_platform_tcb(judged, quote, out.factors);
  dcap::record(out.factors, "debug", check_debug(*quote.sgx()), "debug off",
               "build and sign the enclave for release");
  dcap::record(out.factors, "attributes", check_attributes(*quote.sgx()),
               "an initialised enclave without unknown attributes",
               "this enclave has attributes we do not know");
  Claims claims = make_claims(quote, judged.chain ? &*judged.chain : nullptr, judged.documents,
                              tcb ? &*tcb : nullptr);
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
    out.factors.pass("format", "an SGX quote of version 3, 4 or 5",
                     "version " + std::to_string(quote->header.version));
    judge(input, collateral, *quote, out);
  } else {
    out.factors.fail("format", quote.error(), "an SGX quote of version 3, 4 or 5",
                     "send the quote as the platform gave it");
    // Another version or key type is not known to be anybody's word, so it is refused, no more.
    out.malformed = quote.error().code() == Code::kMalformed;
  }
  out.factors.not_reached(dcap::kAuthenticity);
  out.factors.not_reached(dcap::kJudged);
  return out;
}

}  // namespace claustrum::evidence::sgx
