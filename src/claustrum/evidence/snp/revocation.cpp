// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/revocation.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"

namespace claustrum::evidence::snp {
namespace {

Result<Bytes> der_of(const Bytes& data) {
  if (!codec::looks_like_pem(data)) {
    return data;
  }
  CLAUSTRUM_TRY_ASSIGN(std::vector<codec::PemBlock> blocks, codec::pem_decode(data));
  if (blocks.size() != 1) {
    return Error(Code::kMalformed, "snp.crl.malformed", "more than one PEM block");
  }
  return std::move(blocks.front().der);
}

Status check_signature(const Chain& chain, const crypto::Crl& crl, const Bytes& der,
                       IssuerCache* issuers) {
  const Status status = check_issued(issuers, chain.root.der(), der,
                                     [&] { return crl.verify_issued_by(chain.root); });
  if (!status.ok()) {
    return Error(status.error().code(), "snp.crl.signature",
                 "the CRL is not this ARK's: " + status.error().message());
  }
  return ok_status();
}

Status check_time(const crypto::Crl& crl, Instant now) {
  const Status status = crl.check_time(now);
  if (status.ok()) {
    return status;
  }
  const bool early = status.error().code() == Code::kNotYetValid;
  const std::optional<Instant> next = crl.next_update();
  return Error(early ? Code::kNotYetValid : Code::kStale,
               early ? "snp.crl.not_yet_valid" : "snp.crl.stale",
               "the CRL covers " + format_rfc3339(crl.this_update()) + " to " +
                   (next ? format_rfc3339(*next) : std::string("no stated end")));
}

}  // namespace

Result<CrlFile> read_crl(const Collateral& collateral) {
  const auto at = collateral.find("crl");
  if (at == collateral.end()) {
    return Error(Code::kNotFound, "snp.crl.missing", "no CRL");
  }
  Result<Bytes> der = der_of(at->second);
  if (der.ok()) {
    if (Result<crypto::Crl> crl = crypto::Crl::parse(*der); crl.ok()) {
      return CrlFile{std::move(der).value(), std::move(crl).value()};
    }
  }
  return Error(Code::kMalformed, "snp.crl.malformed", "the CRL is not readable");
}

Result<std::string> check_revocation(const Chain& chain, const Result<CrlFile>& crl, Instant now,
                                     IssuerCache* issuers) {
  if (!crl.ok()) {
    return crl.error();
  }
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.snp.revocation.signature",
                                       check_signature(chain, crl->crl, crl->der, issuers)));
  // A revocation stays one in a list that is overdue: a stale list may be waived, a revocation not.
  if (!CLAUSTRUM_GUARD("evidence.snp.revocation.intermediate",
                       !crl->crl.revokes(chain.intermediate.serial()))) {
    return Error(Code::kRevoked, "snp.crl.revoked", "AMD revoked the intermediate");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.revocation.root", !crl->crl.revokes(chain.root.serial()))) {
    return Error(Code::kRevoked, "snp.crl.revoked", "AMD revoked the root");
  }
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.snp.revocation.time", check_time(crl->crl, now)));
  return "not revoked as of " + format_rfc3339(crl->crl.this_update()) + " (" +
         std::to_string(crl->crl.revoked_count()) + " serials listed)";
}

Result<std::string> check_current(const Chain& chain, const Result<CrlFile>& crl,
                                  const Floors* floors) {
  if (!CLAUSTRUM_GUARD("evidence.snp.current.source", floors != nullptr && floors->have_source)) {
    return Error(Code::kStale, "collateral.no_floor_source",
                 "the verifier has no floor of its own");
  }
  if (!crl.ok()) {
    return crl.error();
  }
  const std::string issuer = codec::hex_encode(chain.root.public_key().spki_sha256());
  const Instant found = crl->crl.this_update();
  const auto floor =
      floors == nullptr ? std::map<std::string, Instant, std::less<>>() : floors->crl_this_update;
  const auto at = floor.find(issuer);
  if (!CLAUSTRUM_GUARD("evidence.snp.current.floor", at != floor.end())) {
    return Error(Code::kStale, "collateral.no_floor", "no floor for this CRL's issuer");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.current.age", at == floor.end() || found >= at->second)) {
    return Error(
        Code::kStale, "collateral.below_floor",
        "the CRL is of " + format_rfc3339(found) + ", the floor is " + format_rfc3339(at->second));
  }
  return "CRL of " + format_rfc3339(found);
}

}  // namespace claustrum::evidence::snp
