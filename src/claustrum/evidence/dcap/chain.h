// SPDX-License-Identifier: Apache-2.0
// The certificates above a quote: PCK leaf <- PCK Platform or Processor CA <- Intel SGX Root CA
// [Intel SGX PCK certificate and CRL profile specification]. Guards against roots that only carry
// Intel's names, and against leaves of one role turning up in another: the root signs PCK CAs and
// the TCB signer alike. No key is used before it is pinned or signed by one that is.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/evidence/dcap/pck.h"
#include "claustrum/evidence/dcap/quote.h"

namespace claustrum::evidence::dcap {

inline constexpr std::string_view kPckName = "Intel SGX PCK Certificate";
inline constexpr std::string_view kPlatformCaName = "Intel SGX PCK Platform CA";
inline constexpr std::string_view kProcessorCaName = "Intel SGX PCK Processor CA";

// Parsed, unverified.
struct Chain {
  crypto::Certificate leaf;  // carries the SGX extension
  crypto::Certificate intermediate;
  crypto::Certificate root;
  PckExtension extension;
};

// What is missing or unreadable, and where it comes from.
struct MissingCollateral {
  Error error;
  std::string advice;
};

// Strictly PEM: certificates, lines that end alike and at most one NUL behind the last. Malformed
// "dcap.chain.pem".
Result<std::vector<Bytes>> split_pem_chain(BytesView data);

// From certification data of type 5, else from collateral "pck_chain". The order of the three
// certificates is not trusted: real quotes carry two orders. "dcap.chain.certification_type",
// ".missing", ".pem", ".shape", ".certificate", or the extension's fault.
std::variant<Chain, MissingCollateral> collect_chain(const Quote& quote,
                                                     const Collateral& collateral,
                                                     const IssuerCache* issuers);

// "dcap.root.untrusted".
Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra);
// Signatures, names, roles: "dcap.chain.*".
Status check_chain(const Chain& chain, IssuerCache* issuers);
// To be called once check_chain passed.
void remember_chain(const Chain& chain, IssuerCache* issuers);
// "dcap.validity.expired", "dcap.validity.not_yet_valid".
Status check_validity(const Chain& chain, Instant now);

// Shared with the signers of collateral.
// keyUsage says digitalSignature, and this is no CA.
bool may_only_sign_data(const crypto::Certificate& certificate);
Status check_certificate_time(const crypto::Certificate& certificate, const char* name,
                              Instant now);

}  // namespace claustrum::evidence::dcap
