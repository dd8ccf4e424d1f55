// SPDX-License-Identifier: Apache-2.0
// AMD's CRL: signed by the ARK, lists serials of intermediates (every VCEK and VLEK has serial 0,
// so looking for the leaf's serial finds nothing, ever). A missing, stale or foreign CRL fails:
// "no revocation data" is a state of its own, never a pass [PROTOCOL 3].
#pragma once

#include "claustrum/evidence/snp/chain.h"

namespace claustrum::evidence::snp {

struct CrlFile {
  Bytes der;
  crypto::Crl crl;
};

// DER, or one PEM block. not_found "snp.crl.missing", malformed "snp.crl.malformed".
Result<CrlFile> read_crl(const Collateral& collateral);

// "snp.crl.signature", "snp.crl.stale", "snp.crl.not_yet_valid", "snp.crl.revoked". The text says
// what was found.
Result<std::string> check_revocation(const Chain& chain, const Result<CrlFile>& crl, Instant now,
                                     IssuerCache* issuers);
// The CRL against the verifier's own floor: "collateral.no_floor_source", "collateral.no_floor",
// "collateral.below_floor", or the CRL's own fault.
Result<std::string> check_current(const Chain& chain, const Result<CrlFile>& crl,
                                  const Floors* floors);

}  // namespace claustrum::evidence::snp
