// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/checks.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

constexpr ByteArray<16> kIntelQeVendor = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                          0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
constexpr std::size_t kCoordinateLen = 32;
constexpr std::size_t kDigestLen = 32;

}  // namespace

Result<std::string> check_qe_vendor(const Quote& q) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_vendor", q.header.qe_vendor_id == kIntelQeVendor)) {
    return Error(Code::kMismatch, "dcap.qe_vendor",
                 "quoting enclave of vendor " + codec::hex_encode(q.header.qe_vendor_id));
  }
  return std::string("Intel");
}

Result<std::string> check_qe_report(const Quote& q, const crypto::PublicKey& pck) {
  const Status status =
      crypto::verify(pck, crypto::SigAlg::kEcdsaP256Sha256, q.qe_report_raw, q.qe_report_signature);
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_report", status.ok())) {
    return Error(Code::kBadSignature, "dcap.qe_report.signature",
                 "the QE report is not signed by this platform's PCK key");
  }
  return std::string("ECDSA P-256 by the PCK key");
}

Result<std::string> check_qe_binding(const Quote& q) {
  const crypto::Sha256Digest digest = crypto::sha256(concat({q.attestation_key, q.qe_auth_data}));
  const BytesView data(q.qe_report.report_data);
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_binding.key", equal(data.first(kDigestLen), digest))) {
    return Error(Code::kMismatch, "dcap.qe_binding.key",
                 "the QE report names another attestation key");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe_binding.padding", all_zero(data.subspan(kDigestLen)))) {
    return Error(Code::kMismatch, "dcap.qe_binding.padding",
                 "the QE report's data goes on behind the digest");
  }
  return "attestation key with " + std::to_string(q.qe_auth_data.size()) +
         " bytes of authentication data";
}

Result<std::string> check_signature(const Quote& q) {
  const BytesView xy(q.attestation_key);
  const Result<crypto::PublicKey> key = crypto::PublicKey::from_xy(
      crypto::KeyKind::kP256, xy.first(kCoordinateLen), xy.subspan(kCoordinateLen));
  if (!key.ok()) {
    return Error(Code::kMalformed, "dcap.signature.key", "the attestation key is no P-256 point");
  }
  // High s is half of all genuine signatures; zero and >= n are refused below.
  const Status status =
      crypto::verify(*key, crypto::SigAlg::kEcdsaP256Sha256, q.signed_bytes, q.signature);
  if (!CLAUSTRUM_GUARD("evidence.dcap.signature", status.ok())) {
    return Error(Code::kBadSignature, "dcap.signature.invalid",
                 "the quote's signature does not verify");
  }
  return std::string("ECDSA P-256 with SHA-256");
}

}  // namespace claustrum::evidence::dcap
