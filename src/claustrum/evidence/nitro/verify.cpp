// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/verify.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/evidence/core/verifier_access.h"
#include "claustrum/evidence/nitro/checks.h"
#include "claustrum/evidence/nitro/details.h"

namespace claustrum::evidence::nitro {
namespace {

constexpr std::string_view kAuthenticity[] = {"format",   "platform",  "root",
                                              "chain",    "validity",  "signature",
                                              "identity", "registers", "timestamp"};
constexpr std::string_view kJudged[] = {"simulated", "revocation", "collateral-current", "debug"};

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

bool authentic_but(const Factors& factors, std::string_view left_out) {
  return std::ranges::all_of(kAuthenticity, [&](std::string_view id) {
    const Factor* factor = factors.find(id);
    return id == left_out || (factor != nullptr && factor->status == FactorStatus::kPass);
  });
}

void judge_simulated(const TrustedRoot& root, Factors& factors) {
  if (!CLAUSTRUM_GUARD("evidence.nitro.simulated", !root.simulated)) {
    factors.fail("simulated", "simulated.no_protection", "signed under a vendor's root",
                 "simulated: no protection",
                 "use real hardware; only a policy that names this root can waive it");
  } else {
    factors.pass("simulated", "signed under a vendor's root", root.name);
  }
}

// [AWS, attestation document specification, certificate validation] AWS tells verifiers not to use
// CRLs; a leaf lives three hours. All collateral is in the document itself.
void not_offered(Factors& factors) {
  factors.add({"revocation", FactorStatus::kNotOffered, "a list of revoked certificates",
               "AWS offers none to use: leaves live three hours, instance CAs a day", "", ""});
  factors.add({"collateral-current", FactorStatus::kNotOffered,
               "collateral no older than the verifier's floor", "there is none beside the document",
               "", ""});
}

void judge_debug(const Document& d, Factors& factors) {
  if (d.kind == Kind::kTpm) {
    factors.add({"debug", FactorStatus::kNotOffered, "debug off",
                 "an instance has no debug mode a NitroTPM would tell of", "", ""});
    return;
  }
  record(factors, "debug", check_debug(d), "debug off", "run the enclave without --debug-mode");
}

// The chain up to the pinned root; nothing that rests on a certificate is judged without it.
std::optional<TrustedRoot> judge_chain(const VerifyInput& in, const Result<Chain>& chain,
                                       Factors& factors) {
  constexpr const char* kExpected =
      "root, regional, zonal and instance CA and leaf signed in turn, each in its role";
  if (!chain.ok()) {
    factors.fail("chain", chain.error(), kExpected, "send the document as the module gave it");
    return std::nullopt;
  }
  const Result<TrustedRoot> root = check_root(*chain, in.extra_roots);
  if (!record(factors, "root", root.ok() ? Result<std::string>(root->name) : root.error(),
              "AWS's pinned key, or a root the caller names", "check who made this chain")) {
    return std::nullopt;
  }
  if (!record(factors, "chain", found(check_chain(*chain, in.issuers), "5 certificates"), kExpected,
              "this chain was not made by AWS")) {
    return std::nullopt;
  }
  remember_chain(*chain, in.issuers);
  record(factors, "validity", found(check_validity(*chain, in.now), "at " + format_rfc3339(in.now)),
         "every certificate valid at the time of verification",
         "ask for a new document; to judge an old one, name the time it was received");
  return *root;
}

void judge_document(const VerifyInput& in, const Document& d, const Chain& chain,
                    Factors& factors) {
  record(factors, "signature", check_signature(d, chain.leaf.public_key()),
         "ES384 by the leaf's key over the bytes received", "the document was altered");
  record(factors, "identity", check_identity(d, chain),
         "module_id, instance and region agree with the certificates",
         "this document was made under another module's certificates");
  record(factors, "registers", check_registers(d),
         "SHA-384 registers, all of the fixed ones, PCR4 of the named instance",
         "ask for a document with all registers");
  record(factors, "timestamp", check_timestamp(d, chain.leaf, in.now),
         "made while its leaf was valid, not in the future", "check the verifier's clock");
}

void judge(const VerifyInput& in, Kind wanted, const Document& d, const Result<Chain>& chain,
           Verification& out) {
  record(out.factors, "format", check_format(d), "COSE_Sign1 with ES384, known members, SHA384",
         "update this verifier, or send the document as the module gave it");
  record(out.factors, "platform", check_platform(d, wanted),
         wanted == Kind::kTpm ? "a NitroTPM's document" : "an enclave's document",
         "ask the right machine, or verify it as " + std::string(platform_name(d.kind)));
  const std::optional<TrustedRoot> root = judge_chain(in, chain, out.factors);
  if (!root) {
    return;
  }
  judge_document(in, d, *chain, out.factors);
  judge_simulated(*root, out.factors);
  not_offered(out.factors);
  if (!authentic_but(out.factors, "format")) {
    return;
  }
  judge_debug(d, out.factors);
  if (!CLAUSTRUM_GUARD("evidence.nitro.authentic", authentic_but(out.factors, {}))) {
    // Only now, behind the signature, may the document say that it is of a form to come; what no
    // signature covers never may.
    out.unsupported = out.factors.find("format")->reason != "nitro.format.unprotected";
    return;
  }
  Claims claims = make_claims(d, region_of(d, chain->leaf));
  claims.simulated = root->simulated;
  claims.root_spki_sha256 = root->spki_sha256;
  out.claims = VerifierAccess::verified(std::move(claims));
}

Verification verify_kind(const VerifyInput& input, Kind wanted) {
  Verification out;
  out.platform = platform_name(wanted);
  const Result<Document> document = parse_document(input.evidence);
  if (document.ok()) {
    const Result<Chain> chain = read_chain(*document, input.issuers);
    judge(input, wanted, *document, chain, out);
    if (!out.claims) {
      out.unverified_claims =
          make_claims(*document, chain.ok() ? region_of(*document, chain->leaf) : "");
    }
  } else {
    out.factors.fail("format", document.error(), "an attestation document of the Nitro module",
                     "send the document as the module gave it");
    out.malformed = true;
  }
  out.factors.not_reached(kAuthenticity);
  out.factors.not_reached(kJudged);
  return out;
}

}  // namespace

Verification verify(const VerifyInput& input) {
  return verify_kind(input, Kind::kEnclave);
}

Verification verify_tpm(const VerifyInput& input) {
  return verify_kind(input, Kind::kTpm);
}

std::string_view platform_of(BytesView evidence) {
  const Result<Document> document = parse_document(evidence);
  if (document.ok()) {
    return platform_name(document->kind);
  }
  // An array of four in tag 18 or none, and the names AWS gives its members, each behind its head.
  const std::string_view text = as_text(evidence.first(std::min(evidence.size(), kMaxEvidence)));
  const auto holds = [text](std::string_view name) { return text.find(name) != text.npos; };
  if (!(text.starts_with("\x84") || text.starts_with("\xd2\x84")) || !holds("\x69module_id")) {
    return {};
  }
  return platform_name(holds("\x6dnitrotpm_pcrs") ? Kind::kTpm : Kind::kEnclave);
}

}  // namespace claustrum::evidence::nitro
