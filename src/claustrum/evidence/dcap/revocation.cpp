// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/revocation.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"

namespace claustrum::evidence::dcap {
namespace {

using crypto::Certificate;

constexpr std::string_view kPckCrl = "pck_crl";
constexpr std::string_view kRootCrl = "root_ca_crl";
// What a reader of CRLs takes, and twice as much in hexadecimal with its line end: more is not
// copied or decoded first.
constexpr std::size_t kMaxCrlLen = std::size_t{4} << 20;
constexpr std::size_t kMaxCrlText = 2 * kMaxCrlLen + 2;
constexpr std::uint8_t kDerSequence =
    0x30;  // as text the digit 0, which no hexadecimal DER has first

Result<Bytes> der_of(BytesView data) {
  const bool der = !data.empty() && data[0] == kDerSequence;
  if (data.size() > (der ? kMaxCrlLen : kMaxCrlText)) {
    return Error(Code::kExhausted, "dcap.crl.size", "larger than 4 MiB");
  }
  if (der) {
    return to_bytes(data);
  }
  if (codec::looks_like_pem(data)) {
    CLAUSTRUM_TRY_ASSIGN(std::vector<codec::PemBlock> blocks, codec::pem_decode(data));
    if (blocks.size() != 1) {
      return Error(Code::kMalformed, "dcap.crl.malformed", "more than one PEM block");
    }
    return std::move(blocks.front().der);
  }
  std::string_view text = as_text(data);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return codec::hex_decode(text);
}

// The list under its own name if it is this issuer's, else the other one.
Result<CrlFile> crl_of(const Collateral& collateral, std::string_view name, std::string_view other,
                       const Certificate& issuer) {
  Error fault(Code::kNotFound, "dcap.crl.missing", std::string(name) + " is missing");
  for (const std::string_view candidate : {name, other}) {
    const auto at = collateral.find(candidate);
    if (at == collateral.end()) {
      continue;
    }
    Result<CrlFile> crl = read_crl(at->second);
    if (crl.ok() && crl->crl.issuer_der() == issuer.subject_der()) {
      return crl;
    }
    if (candidate == name) {
      fault = crl.ok() ? Error(Code::kMismatch, "dcap.crl.issuer",
                               std::string(name) + " is another issuer's list")
                       : std::move(crl).error().within(name);
    }
  }
  return fault;
}

Status check_list(const CrlFile& file, const Certificate& issuer, const char* name,
                  IssuerCache* issuers) {
  const Status status = check_issued(issuers, issuer.der(), file.der,
                                     [&] { return file.crl.verify_issued_by(issuer); });
  if (!status.ok()) {
    return Error(Code::kBadSignature, "dcap.crl.signature",
                 std::string(name) + " is not its issuer's: " + status.error().message());
  }
  return ok_status();
}

Status check_time(const crypto::Crl& crl, const char* name, Instant now) {
  const Status status = crl.check_time(now);
  if (status.ok()) {
    return status;
  }
  const bool early = status.error().code() == Code::kNotYetValid;
  const std::optional<Instant> next = crl.next_update();
  return Error(early ? Code::kNotYetValid : Code::kStale,
               early ? "dcap.crl.not_yet_valid" : "dcap.crl.stale",
               std::string(name) + " covers " + format_rfc3339(crl.this_update()) + " to " +
                   (next ? format_rfc3339(*next) : std::string("no stated end")));
}

Error revoked(const char* what) {
  return Error(Code::kRevoked, "dcap.crl.revoked", std::string("Intel revoked ") + what);
}

Status check_floor(const CrlFile& file, const Certificate& issuer, const Floors& floors) {
  const auto at = floors.crl_this_update.find(codec::hex_encode(issuer.public_key().spki_sha256()));
  const bool known = at != floors.crl_this_update.end();
  if (!CLAUSTRUM_GUARD("evidence.dcap.current.floor", known)) {
    return Error(Code::kStale, "collateral.no_floor",
                 "no floor for the CRLs of " + issuer.subject_cn());
  }
  const Instant found = file.crl.this_update();
  if (!CLAUSTRUM_GUARD("evidence.dcap.current.age", !known || found >= at->second)) {
    return Error(Code::kStale, "collateral.below_floor",
                 "the CRL of " + issuer.subject_cn() + " is of " + format_rfc3339(found) +
                     ", the floor is " + format_rfc3339(at->second));
  }
  return ok_status();
}

// There, its issuer's, and without the leaf.
Status check_pck_list(const Chain& chain, const Result<CrlFile>& list, IssuerCache* issuers) {
  if (!list.ok()) {
    return list.error();
  }
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("evidence.dcap.revocation.pck_signature",
                             check_list(*list, chain.intermediate, "the PCK CRL", issuers)));
  if (!CLAUSTRUM_GUARD("evidence.dcap.revocation.leaf", !list->crl.revokes(chain.leaf.serial()))) {
    return revoked("this PCK certificate");
  }
  return ok_status();
}

// There, its issuer's, and without PCK CA and TCB signer.
Status check_root_list(const Chain& chain, const Documents& documents, const Result<CrlFile>& list,
                       IssuerCache* issuers) {
  if (!list.ok()) {
    return list.error();
  }
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.revocation.root_signature",
                                       check_list(*list, chain.root, "the root's CRL", issuers)));
  if (!CLAUSTRUM_GUARD("evidence.dcap.revocation.intermediate",
                       !list->crl.revokes(chain.intermediate.serial()))) {
    return revoked("the PCK CA");
  }
  const auto signer_revoked = [&list](const auto& document) {
    return document && list->crl.revokes(document->signer.serial());
  };
  if (!CLAUSTRUM_GUARD(
          "evidence.dcap.revocation.signer",
          !signer_revoked(documents.tcb_info) && !signer_revoked(documents.qe_identity))) {
    return revoked("the TCB signer");
  }
  return ok_status();
}

}  // namespace

Result<CrlFile> read_crl(BytesView data) {
  Result<Bytes> der = der_of(data);
  Result<crypto::Crl> crl = der.ok() ? crypto::Crl::parse(*der) : Result<crypto::Crl>(der.error());
  if (crl.ok()) {
    return CrlFile{std::move(der).value(), std::move(crl).value()};
  }
  if (crl.error().code() == Code::kExhausted) {
    return Error(Code::kExhausted, "dcap.crl.size", "the CRL is larger than any we read");
  }
  return Error(Code::kMalformed, "dcap.crl.malformed", "the CRL is not readable");
}

Crls collect_crls(const Collateral& collateral, const Chain& chain) {
  return {crl_of(collateral, kPckCrl, kRootCrl, chain.intermediate),
          crl_of(collateral, kRootCrl, kPckCrl, chain.root)};
}

Result<std::string> check_revocation(const Chain& chain, const Documents& documents,
                                     const Crls& crls, Instant now, IssuerCache* issuers) {
  const Status pck = check_pck_list(chain, crls.pck, issuers);
  const Status root = check_root_list(chain, documents, crls.root, issuers);
  // A revocation stays one in a list that is overdue, and whatever the other list is.
  for (const Status* list : {&pck, &root}) {
    if (!list->ok() && list->error().code() == Code::kRevoked) {
      return list->error();
    }
  }
  CLAUSTRUM_TRY(pck);
  CLAUSTRUM_TRY(root);
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.revocation.pck_time",
                                       check_time(crls.pck->crl, "the PCK CRL", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.revocation.root_time",
                                       check_time(crls.root->crl, "the root's CRL", now)));
  return "not revoked as of " + format_rfc3339(crls.pck->crl.this_update()) + " (" +
         std::to_string(crls.pck->crl.revoked_count()) + " PCK certificates listed) and " +
         format_rfc3339(crls.root->crl.this_update());
}

Result<std::string> check_current(const Chain& chain, const Crls& crls, const Floors* floors) {
  const bool have = floors != nullptr && floors->have_source;
  if (!CLAUSTRUM_GUARD("evidence.dcap.current.source", have)) {
    return Error(Code::kStale, "collateral.no_floor_source",
                 "the verifier has no floor of its own");
  }
  for (const Result<CrlFile>* list : {&crls.pck, &crls.root}) {
    if (!list->ok()) {
      return list->error();
    }
  }
  static const Floors kNone;
  const Floors& given = floors == nullptr ? kNone : *floors;
  CLAUSTRUM_TRY(check_floor(*crls.pck, chain.intermediate, given));
  CLAUSTRUM_TRY(check_floor(*crls.root, chain.root, given));
  return "CRLs of " + format_rfc3339(crls.pck->crl.this_update()) + " and " +
         format_rfc3339(crls.root->crl.this_update());
}

Result<std::string> check_edition(const Chain& chain, const Documents& documents,
                                  const Floors* floors) {
  static const Floors kNone;
  const auto& wanted = (floors == nullptr ? kNone : *floors).evaluation_data_number;
  const auto at = wanted.find(codec::hex_encode(chain.root.public_key().spki_sha256()));
  if (at == wanted.end()) {
    return std::string();
  }
  if (!documents.tcb_info || !documents.qe_identity) {
    return Error(
        Code::kNotFound, "dcap.tcb.missing",
        "no TCB Info and QE identity of edition " + std::to_string(at->second) + " or later");
  }
  const std::int64_t edition = std::min(documents.tcb_info->value.evaluation_data_number,
                                        documents.qe_identity->value.evaluation_data_number);
  if (!CLAUSTRUM_GUARD("evidence.dcap.current.edition", edition >= at->second)) {
    return Error(Code::kStale, "collateral.below_floor",
                 "Intel's lists are of edition " + std::to_string(edition) + ", the floor is " +
                     std::to_string(at->second));
  }
  return ", lists of edition " + std::to_string(edition);
}

}  // namespace claustrum::evidence::dcap
