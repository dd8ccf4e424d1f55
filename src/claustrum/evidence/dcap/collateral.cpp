// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/collateral.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

// The enclaves Intel signs for this one purpose. Their signers have not changed since the first
// release of either; a change would show in a signed identity, which comes first.
struct KnownQe {
  std::string_view mr_signer;
  std::uint16_t prod_id;
};
constexpr KnownQe kKnownQe = {"8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff",
                              1};
constexpr KnownQe kKnownTdQe = {"dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5",
                                2};
constexpr std::uint64_t kQeFlagsMask = kSgxInit | kSgxDebug | kSgxProvisionKey;
constexpr std::uint64_t kQeFlags = kSgxInit | kSgxProvisionKey;

template <typename T>
Result<std::optional<Endorsed<T>>> load(const Collateral& collateral, const DocumentKind& kind,
                                        Result<T> (*parse)(BytesView),
                                        const crypto::Certificate& root, IssuerCache* issuers,
                                        const crypto::Certificate* known) {
  CLAUSTRUM_TRY_ASSIGN(const std::optional<SignedJson> document,
                       read_signed_json(collateral, kind, issuers, known));
  if (!document) {
    return std::optional<Endorsed<T>>();
  }
  CLAUSTRUM_TRY(check_signed_json(*document, root, issuers, known));
  if (issuers != nullptr) {
    issuers->remember(document->signer);
  }
  CLAUSTRUM_TRY_ASSIGN(T value, parse(document->json));
  return std::optional(Endorsed<T>{std::move(value), document->signer});
}

template <typename T>
Status check_window(const std::optional<Endorsed<T>>& document, const char* name, Instant now,
                    std::string& found) {
  if (!document) {
    return ok_status();
  }
  const T& value = document->value;
  const std::string window = std::string(name) + " is valid from " +
                             format_rfc3339(value.issue_date) + " to " +
                             format_rfc3339(value.next_update);
  // From the future: somebody's clock is wrong, or somebody's collateral is not for now.
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.issue_date", value.issue_date <= now)) {
    return Error(Code::kNotYetValid, "dcap.collateral.not_yet_valid", window);
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.collateral.next_update", now <= value.next_update)) {
    return Error(Code::kStale, "dcap.collateral.expired", window);
  }
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("evidence.dcap.collateral.signer_time",
                             check_certificate_time(document->signer, "the TCB signer", now)));
  found += (found.empty() ? "" : "; ") + std::string(name) + " until " +
           format_rfc3339(value.next_update);
  return ok_status();
}

Result<std::string> check_qe_against(const QeIdentity& identity, const Quote& quote) {
  const std::string_view wanted = quote.header.tee == Tee::kSgx ? kIdQe : kIdTdQe;
  // The identities of Intel's other enclaves are signed by the same key.
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_identity.id", identity.id == wanted)) {
    return Error(Code::kMismatch, "dcap.qe_identity.id",
                 "expected the identity of " + std::string(wanted));
  }
  CLAUSTRUM_TRY(check_qe_identity(identity, quote.qe_report));
  return identity.id + " by its signed identity, ISVSVN " + std::to_string(quote.qe_report.isv_svn);
}

}  // namespace

Documents load_documents(const Collateral& collateral, const crypto::Certificate& root,
                         IssuerCache* issuers) {
  Documents out;
  auto tcb_info = load<TcbInfo>(collateral, kTcbInfoKind, parse_tcb_info, root, issuers, nullptr);
  const bool endorsed = tcb_info.ok() && tcb_info->has_value();
  const crypto::Certificate* known = endorsed ? &(*tcb_info)->signer : nullptr;
  auto qe_identity =
      load<QeIdentity>(collateral, kQeIdentityKind, parse_qe_identity, root, issuers, known);
  if (qe_identity.ok()) {
    out.qe_identity = std::move(qe_identity).value();
  } else {
    out.fault = std::move(qe_identity).error().within("QE identity");
  }
  if (tcb_info.ok()) {
    out.tcb_info = std::move(tcb_info).value();
  } else {
    out.fault = std::move(tcb_info).error().within("TCB Info");
  }
  return out;
}

Result<std::string> check_document_times(const Documents& documents, Instant now) {
  std::string found;
  CLAUSTRUM_TRY(check_window(documents.tcb_info, "TCB Info", now, found));
  CLAUSTRUM_TRY(check_window(documents.qe_identity, "QE identity", now, found));
  return found.empty() ? std::string("no document given") : found;
}

Result<std::string> check_qe(const Documents& documents, const Quote& quote) {
  if (documents.qe_identity) {
    return check_qe_against(documents.qe_identity->value, quote);
  }
  const KnownQe& known = quote.header.tee == Tee::kSgx ? kKnownQe : kKnownTdQe;
  const SgxReportBody& qe = quote.qe_report;
  const bool intel = codec::hex_encode(qe.mr_signer) == known.mr_signer &&
                     qe.isv_prod_id == known.prod_id && (qe.flags() & kQeFlagsMask) == kQeFlags;
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_identity.unknown", intel)) {
    return Error(Code::kMismatch, "dcap.qe_identity.unknown",
                 "no signed identity, and the enclave is not by Intel's known signer");
  }
  return "Intel's known signer; no signed identity, ISVSVN " + std::to_string(qe.isv_svn);
}

Result<TcbResult> judge_tcb(const Documents& documents, const Chain& chain, const Quote& quote) {
  if (!documents.tcb_info || !documents.qe_identity) {
    return Error(Code::kNotFound, "dcap.tcb.missing",
                 documents.tcb_info ? "no QE identity" : "no TCB Info");
  }
  const TcbInfo& info = documents.tcb_info->value;
  CLAUSTRUM_TRY(check_tcb_info(info, chain.extension.fmspc, chain.extension.pce_id));
  return evaluate_tcb(info, documents.qe_identity->value, chain.extension.tcb, quote.qe_report,
                      quote.td());
}

}  // namespace claustrum::evidence::dcap
