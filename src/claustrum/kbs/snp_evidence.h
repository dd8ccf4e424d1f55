// SPDX-License-Identifier: Apache-2.0
// The `primary_evidence` of tee "snp". Stock guests send the report as the serde form of a Rust
// struct (snp_serde.h); ours send the raw 1184 bytes in base64. Either way the verifier judges raw
// bytes. Certificates in `cert_chain` come from the host: endorsements to be checked, no more.
#pragma once

#include "claustrum/attest/core/attester.h"
#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/verification.h"

namespace claustrum::kbs {

struct SnpEvidence {
  Bytes report;
  evidence::Collateral collateral;  // vcek, vlek, ask or asvk, ark, crl as far as sent
};

// Shape only: unverified. Malformed "kbs.snp_evidence", "kbs.snp_serde" or the decoder's reason.
// Entries of cert_chain of a kind we do not know are passed over: nothing rests on them.
Result<SnpEvidence> parse_snp_evidence(const codec::Json& primary);
codec::Json make_snp_evidence(const attest::RawEvidence& evidence);

}  // namespace claustrum::kbs
