// SPDX-License-Identifier: Apache-2.0
// The two documents of one verification, each either absent, at fault, or signed by Intel and read.
// Only a signed document is ever parsed, and only a parsed one gives a status.
#pragma once

#include "claustrum/evidence/dcap/chain.h"
#include "claustrum/evidence/dcap/signed_json.h"
#include "claustrum/evidence/dcap/tcb_match.h"

namespace claustrum::evidence::dcap {

template <typename T>
struct Endorsed {
  T value;
  crypto::Certificate signer;
};

// Absent documents are nullopt; what is at fault is left out and named by check_documents.
struct Documents {
  std::optional<Endorsed<TcbInfo>> tcb_info;
  std::optional<Endorsed<QeIdentity>> qe_identity;
  Status fault;  // the first
};

Documents load_documents(const Collateral& collateral, const crypto::Certificate& root,
                         IssuerCache* issuers);

// Every document that is there: issueDate <= now <= nextUpdate, its signer valid.
// "dcap.collateral.not_yet_valid", ".expired", "dcap.validity.*". The text names what was found.
Result<std::string> check_document_times(const Documents& documents, Instant now);

// Who the quoting enclave is. By the signed identity, else by Intel's signer, known since the first
// release: without the document its security version stays unknown, but not its maker.
// "dcap.qe_identity.id", "dcap.qe.*" or "dcap.qe_identity.unknown".
Result<std::string> check_qe(const Documents& documents, const Quote& quote);

// Missing documents: not_found "dcap.tcb.missing". Else the platform's documents, evaluated:
// check_tcb_info's and evaluate_tcb's faults, and revoked "dcap.tcb.revoked".
Result<TcbResult> judge_tcb(const Documents& documents, const Chain& chain, const Quote& quote);

}  // namespace claustrum::evidence::dcap
