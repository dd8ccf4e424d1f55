// SPDX-License-Identifier: Apache-2.0
// The five certificates of a document: root, regional, zonal and instance CA in this order in
// cabundle, then the module's own. Guards against a root that only brings its name, bundles in
// another order or with further certificates, leaves that act as CAs and longer paths than a CA
// allows. No key is used before it is pinned or signed by one that is.
#pragma once

#include "claustrum/crypto/x509.h"
#include "claustrum/evidence/core/verification.h"
#include "claustrum/evidence/nitro/format.h"

namespace claustrum::evidence::nitro {

// Parsed, unverified; root first, the leaf last.
struct Chain {
  crypto::Certificate root;
  crypto::Certificate regional;
  crypto::Certificate zonal;
  crypto::Certificate instance;
  crypto::Certificate leaf;
};

// "nitro.chain.length" for any number of certificates but five, "nitro.chain.certificate" for one
// that is none.
Result<Chain> read_chain(const Document& document, const IssuerCache* issuers);

Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra);
// Signatures, CA flags, path lengths, key usage, key kinds, critical extensions.
Status check_chain(const Chain& chain, IssuerCache* issuers);
// To be called once check_chain passed.
void remember_chain(const Chain& chain, IssuerCache* issuers);
Status check_validity(const Chain& chain, Instant now);

}  // namespace claustrum::evidence::nitro
