// SPDX-License-Identifier: Apache-2.0
// The links between PCK key and report: each its own question. The PCK key signs the quoting
// enclave's report, that report names the attestation key, and that key signs header and body
// [Intel SGX ECDSA quote library API, appendix A]. The text of a pass says what was found.
#pragma once

#include "claustrum/evidence/dcap/chain.h"

namespace claustrum::evidence::dcap {

// "dcap.qe_vendor".
Result<std::string> check_qe_vendor(const Quote& quote);
// "dcap.qe_report.signature".
Result<std::string> check_qe_report(const Quote& quote, const crypto::PublicKey& pck);
// REPORTDATA = SHA-256(attestation key || authentication data) || 32 zero bytes:
// "dcap.qe_binding.key", "dcap.qe_binding.padding".
Result<std::string> check_qe_binding(const Quote& quote);
// "dcap.signature.key", "dcap.signature.invalid".
Result<std::string> check_signature(const Quote& quote);

}  // namespace claustrum::evidence::dcap
