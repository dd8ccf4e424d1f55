// SPDX-License-Identifier: Apache-2.0
// The certificates above a report: VCEK <- ASK <- ARK or VLEK <- ASVK <- ARK. Guards against roots
// that only carry AMD's names, intermediates of the other kind or product line, and certificates
// that turn up in another role. Work is bounded: no key is used before it is pinned or signed by
// one that is, so at most four RSA verifications with keys of AMD's (or a named root's) choosing.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/evidence/snp/kds.h"
#include "claustrum/evidence/snp/vek.h"

namespace claustrum::evidence::snp {

// Parsed, unverified.
struct Chain {
  LeafKind kind = LeafKind::kVcek;  // by the leaf's common name
  crypto::Certificate leaf;
  crypto::Certificate intermediate;
  crypto::Certificate root;
  VekExtensions extensions;
  std::string product;  // "Milan", from the root's name; empty when it is no product we know
};

// Which certificate is missing or unreadable, and where AMD publishes it.
struct MissingCollateral {
  Error error;
  std::string advice;
};

// Picks the leaf the report's SIGNING_KEY names where both kinds are there.
std::variant<Chain, MissingCollateral> collect_chain(const Report& report,
                                                     const Collateral& collateral,
                                                     const IssuerCache* issuers);
// Just the leaf's extensions, for the display of evidence whose chain does not hold.
std::optional<VekExtensions> leaf_extensions_unverified(const Report& report,
                                                        const Collateral& collateral);

Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra);
// Signatures, names, roles and key kinds.
Status check_chain(const Chain& chain, IssuerCache* issuers);
// To be called once check_chain passed.
void remember_chain(const Chain& chain, IssuerCache* issuers);
Status check_validity(const Chain& chain, Instant now);

}  // namespace claustrum::evidence::snp
