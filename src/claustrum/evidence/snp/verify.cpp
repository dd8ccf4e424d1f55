// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/verify.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/evidence/core/verifier_access.h"
#include "claustrum/evidence/snp/checks.h"
#include "claustrum/evidence/snp/details.h"
#include "claustrum/evidence/snp/revocation.h"

namespace claustrum::evidence::snp {
namespace {

constexpr std::string_view kAuthenticity[] = {
    "format",      "collateral", "root",        "chain",        "validity",
    "signing-key", "signature",  "tcb-binding", "chip-binding", "product"};
constexpr std::string_view kJudged[] = {
    "simulated", "revocation",      "collateral-current", "tcb",
    "debug",     "migration",       "guest-policy",       "id-block",
    "vmpl",      "leaf-revocation", "tcb-status",         "advisories"};

// One factor from one check. True when it passed.
bool record(Factors& factors, std::string_view id, Result<std::string> result, std::string expected,
            std::string advice) {
  if (result.ok()) {
    factors.pass(id, std::move(expected), std::move(result).value());
    return true;
  }
  factors.fail(id, result.error(), std::move(expected), std::move(advice));
  return false;
}

Result<std::string> found(const Status& status, std::string text) {
  if (!status.ok()) {
    return status.error();
  }
  return text;
}

// Nothing but the format stands between this report and its claims: a version to come.
bool authentic_but(const Factors& factors, std::string_view left_out) {
  return std::ranges::all_of(kAuthenticity, [&](std::string_view id) {
    const Factor* factor = factors.find(id);
    return id == left_out || (factor != nullptr && factor->status == FactorStatus::kPass);
  });
}

void judge_simulated(const TrustedRoot& root, Factors& factors) {
  if (!CLAUSTRUM_GUARD("evidence.snp.simulated", !root.simulated)) {
    factors.fail("simulated", "simulated.no_protection", "signed under a vendor's root",
                 "simulated: no protection",
                 "use real hardware; only a policy that names this root can waive it");
  } else {
    factors.pass("simulated", "signed under a vendor's root", root.name);
  }
}

void judge_collateral(const VerifyInput& in, const Collateral& collateral, const Chain& chain,
                      Factors& factors) {
  const Result<CrlFile> crl = read_crl(collateral);
  const std::string url = "fetch " + kds_crl_url(chain.product, chain.kind);
  const Result<std::string> revocation = check_revocation(chain, crl, in.now, in.issuers);
  record(factors, "revocation", revocation,
         "a current CRL of the ARK that does not list the intermediate", url);
  // What a list that is not the root's says of its own age is worth nothing, also where a policy
  // waives revocation.
  const bool foreign = !revocation.ok() && revocation.error().reason() == "snp.crl.signature";
  const bool no_source = in.floors == nullptr || !in.floors->have_source;
  record(factors, "collateral-current",
         CLAUSTRUM_GUARD("evidence.snp.current.signature", !foreign)
             ? check_current(chain, crl, in.floors)
             : revocation,
         "a CRL no older than the verifier's floor",
         no_source ? "give floors: own fetches, a signed bundle or a policy's [[floor]]" : url);
}

void judge_binding(const Report& report, const Chain& chain, Factors& factors) {
  record(factors, "signing-key", check_signing_key(report, chain.kind),
         "SIGNING_KEY of the certificate's kind, not masked",
         "present the certificate of the key that signs, or unmask the chip key");
  record(factors, "signature", check_signature(report, chain.leaf.public_key()),
         "ECDSA P-384 over the first 672 bytes", "the report was altered or is another key's");
  record(factors, "tcb-binding", check_tcb_binding(report, chain),
         "every SPL of the certificate equals REPORTED_TCB",
         "fetch the certificate for the reported TCB");
  record(factors, "chip-binding", check_chip_binding(report, chain),
         "HWID of the VCEK equals CHIP_ID, or a VLEK that names its cloud",
         "present this chip's VCEK; the host must not mask the chip id");
  record(factors, "product", check_product(report, chain),
         "the chain's product line is the one CPUID names", "present the chain of this product");
}

// [AMD 57230, CRL; PROTOCOL 4] What nobody can check here is said, not left out.
void judge_not_offered(Factors& factors) {
  const auto add = [&factors](const char* id, const char* expected, const char* found) {
    factors.add({id, FactorStatus::kNotOffered, expected, found, {}, {}});
  };
  add("leaf-revocation", "a list of revoked signing keys", "AMD's CRLs list intermediates only");
  add("tcb-status", "the vendor's word on this firmware", "AMD signs no such list; use floors");
  add("advisories", "advisories against this firmware", "AMD signs no such list; use floors");
}

void judge_claims(const Report& report, TcbLayout layout, Factors& factors) {
  record(factors, "tcb", check_tcb(report, layout),
         "REPORTED <= COMMITTED <= CURRENT in every component",
         "the firmware guarantees this order: treat the machine as broken");
  record(factors, "debug", check_debug(report), "debug off", "launch the guest without DEBUG");
  record(factors, "migration", check_migration(report), "no migration agent",
         "launch the guest without MIGRATE_MA");
  record(factors, "guest-policy", check_guest_policy(report),
         "bit 17 one, reserved bits zero, met by the platform",
         "this policy has bits we do not know, or the platform does not keep it");
  record(factors, "id-block", check_id_block(report),
         "ID and author key digests, family, image and SVN agree",
         "the firmware guarantees this: treat the machine as broken");
  judge_not_offered(factors);
  record(factors, "vmpl", check_vmpl(report), "VMPL 0 to 3, asked for by the guest",
         "ask for the report inside the guest");
}

// The chain up to the pinned root; nothing that rests on a certificate is judged without it.
std::optional<TrustedRoot> judge_chain(const VerifyInput& in, const Chain& chain,
                                       Factors& factors) {
  const Result<TrustedRoot> root = check_root(chain, in.extra_roots);
  if (!record(factors, "root", root.ok() ? Result<std::string>(root->name) : root.error(),
              "a pinned key of AMD's, or a root the caller names", "check who made this chain")) {
    return std::nullopt;
  }
  if (!record(factors, "chain", found(check_chain(chain, in.issuers), chain.product),
              "leaf, intermediate and root signed in turn, each in its role",
              "fetch " + kds_chain_url(chain.product, chain.kind))) {
    return std::nullopt;
  }
  remember_chain(chain, in.issuers);
  record(factors, "validity", found(check_validity(chain, in.now), "at " + format_rfc3339(in.now)),
         "every certificate valid at the time of verification", "fetch the certificates again");
  return *root;
}

void judge(const VerifyInput& in, const Collateral& collateral, const Report& report,
           Verification& out) {
  record(out.factors, "format", check_format(report), "report version 2 to 5, ECDSA P-384",
         "update this verifier, or the machine's firmware");
  const auto collected = collect_chain(report, collateral, in.issuers);
  if (const auto* missing = std::get_if<MissingCollateral>(&collected)) {
    out.factors.fail("collateral", missing->error, "signing certificate, intermediate and root",
                     missing->advice);
    return;
  }
  const Chain& chain = std::get<Chain>(collected);
  out.factors.pass("collateral", "signing certificate, intermediate and root", "present");
  const std::optional<TrustedRoot> root = judge_chain(in, chain, out.factors);
  if (!root) {
    return;
  }
  judge_binding(report, chain, out.factors);
  judge_simulated(*root, out.factors);
  judge_collateral(in, collateral, chain, out.factors);
  if (!authentic_but(out.factors, "format")) {
    return;
  }
  judge_claims(report, layout_of_product(chain.product), out.factors);
  if (!CLAUSTRUM_GUARD("evidence.snp.authentic", authentic_but(out.factors, {}))) {
    // Only now, behind the signature, may the version field say so.
    out.unsupported = report.version > kMaxVersion;
    return;
  }
  Claims claims = make_claims(report, chain.product, &chain.extensions);
  claims.simulated = root->simulated;
  claims.root_spki_sha256 = root->spki_sha256;
  out.claims = VerifierAccess::verified(std::move(claims));
}

}  // namespace

Verification verify(const VerifyInput& input) {
  Verification out;
  out.platform = kPlatform;
  const Collateral none;
  const Collateral& collateral = input.collateral == nullptr ? none : *input.collateral;
  const Result<Report> report = parse_report(input.evidence);
  if (report.ok()) {
    judge(input, collateral, *report, out);
    if (!out.claims) {
      const std::optional<VekExtensions> leaf = leaf_extensions_unverified(*report, collateral);
      out.unverified_claims = make_claims(*report, {}, leaf ? &*leaf : nullptr);
    }
  } else {
    out.factors.fail("format", report.error(), "an attestation report of 1184 bytes",
                     "send the report as the firmware gave it");
    out.malformed = true;
  }
  out.factors.not_reached(kAuthenticity);
  out.factors.not_reached(kJudged);
  return out;
}

}  // namespace claustrum::evidence::snp
