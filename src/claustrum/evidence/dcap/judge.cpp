// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/judge.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/dcap/checks.h"

namespace claustrum::evidence::dcap {
namespace {

constexpr const char* kFetchAgain = "fetch this platform's collateral again";

Result<std::string> found(const Status& status, std::string text) {
  if (!status.ok()) {
    return status.error();
  }
  return text;
}

// The chain up to the pinned root; nothing that rests on a certificate is judged without it.
void judge_chain(const VerifyInput& in, const Chain& chain, Judged& out, Factors& factors) {
  const Result<TrustedRoot> root = check_root(chain, in.extra_roots);
  if (!record(factors, "root", root.ok() ? Result<std::string>(root->name) : root.error(),
              "Intel's pinned key, or a root the caller names",
              "check who made this chain: names prove nothing")) {
    return;
  }
  if (!record(factors, "chain",
              found(check_chain(chain, in.issuers), chain.intermediate.subject_cn()),
              "PCK certificate, PCK CA and root signed in turn, each in its role",
              "ask the platform for its PCK chain again")) {
    return;
  }
  remember_chain(chain, in.issuers);
  record(factors, "validity", found(check_validity(chain, in.now), "at " + format_rfc3339(in.now)),
         "every certificate valid at the time of verification", "fetch the certificates again");
  out.root = *root;
  out.chain = chain;
}

void judge_simulated(const TrustedRoot& root, Factors& factors) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.simulated", !root.simulated)) {
    factors.fail("simulated", "simulated.no_protection", "signed under a vendor's root",
                 "simulated: no protection",
                 "use real hardware; only a policy that names this root can waive it");
  } else {
    factors.pass("simulated", "signed under a vendor's root", root.name);
  }
}

void judge_binding(const Quote& quote, const Chain& chain, const Documents& documents,
                   Factors& factors) {
  record(factors, "qe-vendor", check_qe_vendor(quote), "Intel's quoting enclave",
         "use Intel's quoting enclave");
  record(factors, "qe-report", check_qe_report(quote, chain.leaf.public_key()),
         "QE report signed by the PCK key", "the quote was altered or is another platform's");
  record(factors, "qe-binding", check_qe_binding(quote), "the QE report names this attestation key",
         "the quote was put together from two");
  record(factors, "signature", check_signature(quote),
         "ECDSA P-256 of the attestation key over header and body",
         "the quote was altered or is another key's");
  record(factors, "qe-identity", check_qe(documents, quote),
         "the quoting enclave is the one Intel signed for this platform",
         "another enclave made this quote: refuse it");
}

void judge_documents(const VerifyInput& in, const Documents& documents, Factors& factors) {
  const std::string given = documents.tcb_info || documents.qe_identity
                                ? "by " + std::string(kTcbSigningName)
                                : "no document given";
  const bool sound = record(factors, "collateral-signature", found(documents.fault, given),
                            "each document readable and signed by Intel's TCB signer", kFetchAgain);
  if (sound) {
    record(factors, "collateral-validity", check_document_times(documents, in.now),
           "each document inside its dates", kFetchAgain);
  }
}

Result<std::string> check_floors(const Judged& judged, const Crls& crls, const Floors* floors) {
  CLAUSTRUM_TRY_ASSIGN(std::string found, check_current(*judged.chain, crls, floors));
  CLAUSTRUM_TRY_ASSIGN(const std::string edition,
                       check_edition(*judged.chain, judged.documents, floors));
  return found + edition;
}

std::optional<Instant> tcb_date_floor(const Chain& chain, const Floors* floors) {
  static const Floors kNone;
  const auto& wanted = (floors == nullptr ? kNone : *floors).tcb_date;
  const auto at = wanted.find(codec::hex_encode(chain.root.public_key().spki_sha256()));
  return at == wanted.end() ? std::nullopt : std::optional<Instant>(at->second);
}

void judge_tcb_date(Instant floor, const Result<TcbResult>& tcb, Factors& factors) {
  const std::string expected = "firmware that was current at " + format_rfc3339(floor);
  constexpr const char* kAdvice = "update the platform's firmware";
  if (!tcb.ok()) {
    factors.fail("tcb-date", tcb.error(), expected, kAdvice);
  } else if (!CLAUSTRUM_GUARD("evidence.dcap.tcb.date", tcb->date >= floor)) {
    factors.fail("tcb-date", "dcap.tcb.below_floor", expected,
                 "what was current at " + format_rfc3339(tcb->date), kAdvice);
  } else {
    factors.pass("tcb-date", expected, "what was current at " + format_rfc3339(tcb->date));
  }
}

void judge_crls(const VerifyInput& in, const Collateral& collateral, const Judged& judged,
                Factors& factors) {
  const Crls crls = collect_crls(collateral, *judged.chain);
  const Result<std::string> revocation =
      check_revocation(*judged.chain, judged.documents, crls, in.now, in.issuers);
  record(factors, "revocation", revocation,
         "current CRLs of the PCK CA and the root that list nobody of this chain",
         "fetch the PCK CRL and the root's CRL again");
  // What a list that is not its issuer's says of its own age is worth nothing.
  const bool foreign = !revocation.ok() && revocation.error().reason() == "dcap.crl.signature";
  const bool no_source = in.floors == nullptr || !in.floors->have_source;
  record(factors, "collateral-current",
         CLAUSTRUM_GUARD("evidence.dcap.current.signature", !foreign)
             ? check_floors(judged, crls, in.floors)
             : revocation,
         "CRLs and lists no older than the verifier's floors",
         no_source ? "give floors: own fetches, a signed bundle or a policy's [[floor]]"
                   : kFetchAgain);
}

std::string describe(const TcbResult& tcb) {
  std::string out =
      std::string(to_string(tcb.status)) + " (platform " + std::string(to_string(tcb.platform));
  if (tcb.module) {
    out += ", module " + std::string(to_string(*tcb.module));
  }
  out += ", quoting enclave " + std::string(to_string(tcb.qe)) + "), TCB of " +
         format_rfc3339(tcb.date);
  if (!tcb.advisories.empty()) {
    out += ", " + std::to_string(tcb.advisories.size()) + " advisories";
  }
  return out;
}

}  // namespace

bool record(Factors& factors, std::string_view id, Result<std::string> result, std::string expected,
            std::string advice) {
  if (result.ok()) {
    factors.pass(id, std::move(expected), std::move(result).value());
    return true;
  }
  factors.fail(id, result.error(), std::move(expected), std::move(advice));
  return false;
}

Judged judge_quote(const VerifyInput& in, const Collateral& collateral, const Quote& quote,
                   Factors& factors) {
  Judged out;
  auto collected = collect_chain(quote, collateral, in.issuers);
  if (const auto* missing = std::get_if<MissingCollateral>(&collected)) {
    factors.fail("collateral", missing->error, "PCK certificate, PCK CA and root", missing->advice);
    return out;
  }
  out.unverified = std::get<Chain>(std::move(collected));
  factors.pass("collateral", "PCK certificate, PCK CA and root", "present");
  judge_chain(in, *out.unverified, out, factors);
  if (!out.chain) {
    return out;
  }
  out.documents = load_documents(collateral, out.chain->root, in.issuers);
  out.tcb_date = tcb_date_floor(*out.chain, in.floors);
  judge_binding(quote, *out.chain, out.documents, factors);
  judge_simulated(out.root, factors);
  judge_documents(in, out.documents, factors);
  judge_crls(in, collateral, out, factors);
  return out;
}

bool authentic(const Factors& factors) {
  return std::ranges::all_of(kAuthenticity, [&](std::string_view id) {
    const Factor* factor = factors.find(id);
    return factor != nullptr && factor->status == FactorStatus::kPass;
  });
}

std::optional<TcbResult> judge_platform_tcb(const Judged& judged, const Quote& quote,
                                            Factors& factors) {
  constexpr const char* kExpected = "a level of Intel's list that is not revoked";
  if (!judged.chain || !judged.documents.fault.ok()) {
    return std::nullopt;  // not reached: "collateral-signature" says why
  }
  const Result<TcbResult> tcb = judge_tcb(judged.documents, *judged.chain, quote);
  if (judged.tcb_date) {
    judge_tcb_date(*judged.tcb_date, tcb, factors);
  }
  if (!tcb.ok()) {
    const bool missing =
        tcb.error().code() == Code::kNotFound && tcb.error().reason() == "dcap.tcb.missing";
    factors.fail("tcb", tcb.error(), kExpected,
                 missing
                     ? "fetch TCB Info of FMSPC " +
                           codec::hex_encode(judged.chain->extension.fmspc) + " and the QE identity"
                     : "update the platform's firmware, or bring its own collateral");
    return std::nullopt;
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb.revoked", tcb->status != TcbStatus::kRevoked)) {
    factors.fail("tcb", "dcap.tcb.revoked", kExpected, describe(*tcb),
                 "Intel revoked this security version: update the platform");
  } else {
    factors.pass("tcb", kExpected, describe(*tcb));
  }
  return *tcb;
}

}  // namespace claustrum::evidence::dcap
