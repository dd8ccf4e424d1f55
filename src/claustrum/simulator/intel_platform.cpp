// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_platform.h"

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::simulator {
namespace {

using crypto::SigAlg;
using evidence::dcap::PckExtension;
using evidence::dcap::Quote;
using evidence::dcap::SgxReportBody;
using evidence::dcap::TdReportBody;
using evidence::dcap::Tee;
using Signer = IntelAuthority::Signer;

constexpr SigAlg kAlg = SigAlg::kEcdsaP256Sha256;
constexpr std::uint64_t kMode64 = 0x04;
constexpr std::uint64_t kXfrm = 0xe7;     // x87, SSE, AVX, AVX-512
constexpr std::uint64_t kXfam = 0x602e7;  // as TDX guests of today have it
constexpr std::size_t kAuthDataLen = 32;

ByteArray<32> from_hex(std::string_view hex) {
  return to_array<32>(codec::hex_decode(hex).value());
}

ByteArray<16> attributes(std::uint64_t flags, std::uint64_t xfrm) {
  return to_array<16>(ByteWriter().u64le(flags).u64le(xfrm).view());
}

// A value of its own for each measurement, the same in every run.
template <std::size_t N>
ByteArray<N> measured(std::string_view what) {
  const ByteArray<64> digest = crypto::sha512(as_bytes(what));
  return to_array<N>(BytesView(digest).first(N));
}

PckExtension draw_pck(const IntelPlatformSpec& spec) {
  PckExtension out;
  out.ppid = crypto::random_array<16>();
  out.tcb = spec.tcb;
  out.cpu_svn = spec.tcb.components;
  out.fmspc = spec.fmspc;
  if (spec.pck_ca == Signer::kPlatformCa) {
    out.sgx_type = evidence::dcap::SgxType::kScalable;
    out.platform_instance_id = crypto::random_array<16>();
    out.configuration = {.dynamic_platform = true, .cached_keys = true, .smt_enabled = true};
  }
  return out;
}

SgxReportBody qe_report(Tee tee) {
  SgxReportBody out;
  out.cpu_svn = measured<16>("simulated CPUSVN");
  out.attributes =
      attributes(evidence::dcap::kSgxInit | kMode64 | evidence::dcap::kSgxProvisionKey, kXfrm);
  const bool sgx = tee == Tee::kSgx;
  out.mr_enclave = measured<32>(sgx ? "simulated QE" : "simulated TD QE");
  out.mr_signer = qe_mr_signer(tee);
  out.isv_prod_id = sgx ? kQeProdId : kTdQeProdId;
  out.isv_svn = kQeIsvSvn;
  return out;
}

SgxReportBody sgx_body() {
  SgxReportBody out;
  out.cpu_svn = measured<16>("simulated CPUSVN");
  out.attributes = attributes(evidence::dcap::kSgxInit | kMode64, kXfrm);
  out.mr_enclave = measured<32>("simulated enclave");
  out.mr_signer = measured<32>("simulated enclave signer");
  out.isv_prod_id = 1;
  out.isv_svn = 1;
  return out;
}

TdReportBody td_body(QuoteForm form) {
  TdReportBody out;
  out.tee_tcb_svn = kTeeTcbSvn;
  out.mr_seam = measured<48>("simulated TDX module");
  out.td_attributes = evidence::dcap::kTdSeptVeDisable;
  out.xfam = kXfam;
  out.mr_td = measured<48>("simulated TD");
  for (std::size_t i = 0; i < out.rtmr.size(); ++i) {
    out.rtmr[i] = measured<48>("simulated RTMR " + std::to_string(i));
  }
  if (form == QuoteForm::kTd15V5 || form == QuoteForm::kTd15ExV5) {
    out.td15.emplace().tee_tcb_svn_2 = out.tee_tcb_svn;
  }
  if (form == QuoteForm::kTd15ExV5) {
    out.td15ex.emplace().td_id = measured<32>("simulated TD id");
  }
  return out;
}

std::uint16_t version_of(QuoteForm form) {
  switch (form) {
    case QuoteForm::kSgxV3:
      return 3;
    case QuoteForm::kSgxV4:
    case QuoteForm::kTdV4:
      return 4;
    case QuoteForm::kSgxV5:
    case QuoteForm::kTd10V5:
    case QuoteForm::kTd15V5:
    case QuoteForm::kTd15ExV5:
      return 5;
  }
  return 0;
}

std::uint16_t body_type_of(QuoteForm form) {
  switch (form) {
    case QuoteForm::kSgxV3:
    case QuoteForm::kSgxV4:
    case QuoteForm::kSgxV5:
      return 1;
    case QuoteForm::kTdV4:
    case QuoteForm::kTd10V5:
      return 2;
    case QuoteForm::kTd15V5:
      return 3;
    case QuoteForm::kTd15ExV5:
      return 4;
  }
  return 0;
}

}  // namespace

const ByteArray<32>& qe_mr_signer(Tee tee) {
  static const ByteArray<32> qe =
      from_hex("8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff");
  static const ByteArray<32> td_qe =
      from_hex("dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5");
  return tee == Tee::kSgx ? qe : td_qe;
}

Tee tee_of(QuoteForm form) {
  return body_type_of(form) == 1 ? Tee::kSgx : Tee::kTdx;
}

crypto::CertificateSpec pck_certificate(const PckExtension& extension, const crypto::PublicKey& key,
                                        Instant not_before, Instant not_after) {
  crypto::CertificateSpec out;
  out.subject = simulated_name("Intel SGX PCK Certificate");
  out.long_serial = serial_of_key(key);
  out.not_before = not_before;
  out.not_after = not_after;
  out.ca = false;
  out.extensions = {leaf_key_usage(),
                    {std::string(evidence::dcap::kSgxExtensionOid), false,
                     evidence::dcap::serialize_pck_extension(extension)}};
  return out;
}

void bind_attestation_key(Quote& quote) {
  const crypto::Sha256Digest digest =
      crypto::sha256(concat({quote.attestation_key, quote.qe_auth_data}));
  quote.qe_report.report_data = {};
  std::ranges::copy(digest, quote.qe_report.report_data.begin());
}

void sign_qe_report(Quote& quote, const crypto::PrivateKey& pck_key) {
  quote.qe_report_raw =
      to_array<evidence::dcap::kSgxBodyLen>(evidence::dcap::serialize(quote.qe_report));
  quote.qe_report_signature = to_array<64>(crypto::sign(pck_key, kAlg, quote.qe_report_raw));
}

void sign_body(Quote& quote, const crypto::PrivateKey& attestation_key) {
  quote.signed_bytes =
      evidence::dcap::serialize_signed_part(quote.header, quote.body_type, quote.body);
  quote.signature = to_array<64>(crypto::sign(attestation_key, kAlg, quote.signed_bytes));
}

ByteArray<64> raw_point(const crypto::PublicKey& key) {
  return to_array<64>(BytesView(key.raw()).subspan(1));
}

IntelPlatform::IntelPlatform(IntelPlatformSpec spec, PckExtension pck)
    : spec_(std::move(spec)),
      pck_(std::move(pck)),
      pck_key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256)),
      attestation_key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256)),
      qe_id_(crypto::random_array<16>()) {}

Result<IntelPlatform> IntelPlatform::create(const IntelAuthority& authority,
                                            const IntelPlatformSpec& spec) {
  IntelPlatform out(spec, draw_pck(spec));
  out.issuers_ = authority.issuer_chain(spec.pck_ca);
  CLAUSTRUM_TRY_ASSIGN(out.certificate_, authority.issue(spec.pck_ca, out.certificate_spec(),
                                                         out.pck_key_.public_key()));
  return out;
}

crypto::CertificateSpec IntelPlatform::certificate_spec() const {
  return pck_certificate(pck_, pck_key_.public_key(), spec_.not_before, spec_.not_after);
}

Bytes IntelPlatform::pck_chain() const {
  static constexpr std::uint8_t kNul[] = {0};
  return concat({pem_chain({certificate_}), issuers_, kNul});
}

Quote IntelPlatform::blank_quote(QuoteForm form) const {
  Quote out;
  out.header.version = version_of(form);
  out.header.tee = tee_of(form);
  if (form == QuoteForm::kSgxV3) {
    out.header.qe_svn = kQeIsvSvn;
    out.header.pce_svn = spec_.tcb.pce_svn;
  }
  out.header.qe_vendor_id = kIntelQeVendorId;
  std::ranges::copy(qe_id_, out.header.user_data.begin());
  out.body_type = body_type_of(form);
  if (out.header.tee == Tee::kSgx) {
    out.body = sgx_body();
  } else {
    out.body = td_body(form);
  }
  out.attestation_key = raw_point(attestation_key_.public_key());
  out.qe_report = qe_report(out.header.tee);
  for (std::size_t i = 0; i < kAuthDataLen; ++i) {
    out.qe_auth_data.push_back(static_cast<std::uint8_t>(i));
  }
  out.certification_type = evidence::dcap::kCertPckChain;
  out.certification_data = pck_chain();
  return out;
}

Quote IntelPlatform::seal(Quote quote) const {
  bind_attestation_key(quote);
  sign_qe_report(quote, pck_key_);
  sign_body(quote, attestation_key_);
  return quote;
}

Bytes IntelPlatform::sign(const Quote& quote) const {
  return evidence::dcap::serialize(seal(quote));
}

Bytes IntelPlatform::quote(QuoteForm form, const ByteArray<64>& report_data) const {
  Quote out = blank_quote(form);
  std::visit([&report_data](auto& body) { body.report_data = report_data; }, out.body);
  return sign(out);
}

}  // namespace claustrum::simulator
