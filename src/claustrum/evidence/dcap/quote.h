// SPDX-License-Identifier: Apache-2.0
// Intel DCAP quotes, versions 3, 4 and 5 [Intel SGX ECDSA quote library API, appendix A; Intel TDX
// DCAP quoting library API, appendix A]. parse_quote gives the shape with exact length accounting:
// a byte that no field owns is a fault, because what is outside of every signature must not travel
// along unseen. The one tolerance is zero padding behind the quote, which quote providers add.
#pragma once

#include "claustrum/evidence/dcap/report_body.h"

namespace claustrum::evidence::dcap {

inline constexpr std::size_t kMaxQuoteLen = 64 << 10;  // padding included
inline constexpr std::size_t kHeaderLen = 48;

enum class Tee { kSgx, kTdx };

// Of the certification data: how the quote names its PCK certificate.
inline constexpr std::uint16_t kCertPpidClear = 1;
inline constexpr std::uint16_t kCertPpidRsa2048 = 2;
inline constexpr std::uint16_t kCertPpidRsa3072 = 3;
inline constexpr std::uint16_t kCertPckLeaf = 4;
inline constexpr std::uint16_t kCertPckChain = 5;
inline constexpr std::uint16_t kCertQeReport = 6;  // only the outer type of versions 4 and 5

struct QuoteHeader {
  std::uint16_t version = 0;
  std::uint16_t attestation_key_type = 2;
  Tee tee = Tee::kSgx;
  std::uint16_t qe_svn = 0;   // version 3; signed by the attestation key only: never a TCB input
  std::uint16_t pce_svn = 0;  // version 3; likewise
  ByteArray<16> qe_vendor_id{};
  ByteArray<20> user_data{};
};

struct Quote {
  QuoteHeader header;
  std::uint16_t body_type = 0;  // version 5's descriptor: 1 SGX, 2 TD 1.0, 3 TD 1.5, 4 TD 1.5ex
  std::variant<SgxReportBody, TdReportBody> body;
  Bytes signed_bytes;  // header, descriptor and body as received
  ByteArray<64> signature{};
  ByteArray<64> attestation_key{};  // x || y
  SgxReportBody qe_report;
  ByteArray<kSgxBodyLen> qe_report_raw{};
  ByteArray<64> qe_report_signature{};
  Bytes qe_auth_data;
  std::uint16_t certification_type = 0;  // the inner one
  Bytes certification_data;
  std::size_t padding = 0;  // zero bytes behind the quote

  const SgxReportBody* sgx() const { return std::get_if<SgxReportBody>(&body); }
  const TdReportBody* td() const { return std::get_if<TdReportBody>(&body); }
  const ByteArray<64>& report_data() const;
};

// Malformed "dcap.format" for every fault of shape. Unsupported "dcap.version" for another version,
// "dcap.key_type" for another attestation key type (P-384 is reserved, no sample exists),
// "dcap.tee_type", "dcap.body_type" (also where TEE and body type contradict each other:
// malformed).
Result<Quote> parse_quote(BytesView data);

// Header (with descriptor) and body: what the attestation key signs. For simulators and tests.
Bytes serialize_signed_part(const QuoteHeader& header, std::uint16_t body_type,
                            const std::variant<SgxReportBody, TdReportBody>& body);
// The whole quote from its parts; signed_bytes is taken as it stands, raw QE report likewise.
Bytes serialize(const Quote& quote);

}  // namespace claustrum::evidence::dcap
