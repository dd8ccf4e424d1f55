// SPDX-License-Identifier: Apache-2.0
// TCB Info and QE identity as signed statements [Intel PCS API v4, "Get TCB Info", "Get quoting
// enclave identity"]: the exact bytes, their signature, the signer's certificate. Guards against
// documents whose signature is looked for and not found, signers that are some other leaf under
// Intel's root, and bytes that were parsed and written again before they were verified.
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::dcap {

inline constexpr std::string_view kTcbSigningName = "Intel SGX TCB Signing";

// The names of one document in collateral and in the API's answer.
struct DocumentKind {
  std::string_view name;          // "tcb_info"
  std::string_view signature;     // "tcb_info_signature"
  std::string_view issuer_chain;  // "tcb_info_issuer_chain"
  std::string_view member;        // "tcbInfo"
};
inline constexpr DocumentKind kTcbInfoKind = {"tcb_info", "tcb_info_signature",
                                              "tcb_info_issuer_chain", "tcbInfo"};
inline constexpr DocumentKind kQeIdentityKind = {"qe_identity", "qe_identity_signature",
                                                 "qe_identity_issuer_chain", "enclaveIdentity"};

// Read, unverified.
struct SignedJson {
  Bytes json;       // the inner object, byte for byte as signed
  Bytes signature;  // r || s
  crypto::Certificate signer;
};

// Nothing where the document is not there. `known`: TCB Info's signer, already read. Malformed
// "dcap.collateral.answer", ".signature_form",
// ".issuer_chain"; exhausted ".size"; not_found "dcap.collateral.unsigned", ".no_issuer_chain".
Result<std::optional<SignedJson>> read_signed_json(const Collateral& collateral,
                                                   const DocumentKind& kind,
                                                   const IssuerCache* issuers,
                                                   const crypto::Certificate* known = nullptr);
// Signer's role, signer under this root, document under the signer: "dcap.collateral.signer_name",
// ".signer_usage", ".signer", ".critical", ".signature". `known`: a signer whose signature by this
// very root was found good; Intel's two documents have one signer.
Status check_signed_json(const SignedJson& document, const crypto::Certificate& root,
                         IssuerCache* issuers, const crypto::Certificate* known = nullptr);

// {"<member>":{...},"signature":"<hex>"}: the exact bytes of the inner object, and the signature's
// text. For tests beside read_signed_json.
struct ApiAnswer {
  Bytes json;
  std::string signature;
};
bool looks_like_api_answer(BytesView data, std::string_view member);
Result<ApiAnswer> split_api_answer(BytesView data, std::string_view member);

}  // namespace claustrum::evidence::dcap
