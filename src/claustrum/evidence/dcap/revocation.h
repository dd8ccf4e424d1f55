// SPDX-License-Identifier: Apache-2.0
// Intel's CRLs: the PCK CA's list names leaves, the root's list names PCK CAs and TCB signers [RFC
// 5280 5; Intel SGX PCK certificate and CRL profile specification]. Missing, stale or foreign lists
// fail: "no revocation data" is a state of its own, never a pass [PROTOCOL 3].
#pragma once

#include "claustrum/evidence/dcap/collateral.h"

namespace claustrum::evidence::dcap {

struct CrlFile {
  Bytes der;
  crypto::Crl crl;
};

// DER, one PEM block, or hexadecimal DER as mirrors serve it. Malformed "dcap.crl.malformed";
// exhausted "dcap.crl.size" above 4 MiB or 100,000 entries.
Result<CrlFile> read_crl(BytesView data);

// The lists of this chain's two issuers, chosen by issuer: real sources swap the files.
struct Crls {
  Result<CrlFile> pck;
  Result<CrlFile> root;
};
// not_found "dcap.crl.missing", mismatch "dcap.crl.issuer".
Crls collect_crls(const Collateral& collateral, const Chain& chain);

// "dcap.crl.signature", ".stale", ".not_yet_valid", ".revoked". The text says what was found.
Result<std::string> check_revocation(const Chain& chain, const Documents& documents,
                                     const Crls& crls, Instant now, IssuerCache* issuers);
// Both lists against the verifier's own floors: "collateral.no_floor_source",
// "collateral.no_floor", "collateral.below_floor", or a list's own fault.
Result<std::string> check_current(const Chain& chain, const Crls& crls, const Floors* floors);
// Intel's lists against the floor for this root, where there is one: two editions are validly
// signed at a time, and the older one does not know the newest holes. The text names the editions;
// "collateral.below_floor", "dcap.tcb.missing".
Result<std::string> check_edition(const Chain& chain, const Documents& documents,
                                  const Floors* floors);

}  // namespace claustrum::evidence::dcap
