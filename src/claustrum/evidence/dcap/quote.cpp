// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/quote.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::dcap {
namespace {

constexpr std::uint16_t kEcdsaP256 = 2;
constexpr std::uint32_t kTeeSgx = 0x00;
constexpr std::uint32_t kTeeTdx = 0x81;

constexpr std::uint16_t kBodySgx = 1;
constexpr std::uint16_t kBodyTd10 = 2;
constexpr std::uint16_t kBodyTd15 = 3;
constexpr std::uint16_t kBodyTd15Ex = 4;

Error bad_format(std::string text) {
  return Error(Code::kMalformed, "dcap.format", std::move(text));
}

Result<Tee> tee_of(std::uint16_t version, std::uint32_t type) {
  if (type == kTeeSgx) {
    return Tee::kSgx;
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.quote.v3_reserved", version != 3)) {
    // Reserved in version 3, which knows SGX only.
    return Error(Code::kMalformed, "dcap.tee_type", "a quote of version 3 that is not SGX's");
  }
  if (type != kTeeTdx) {
    return Error(Code::kUnsupported, "dcap.tee_type", "TEE type " + std::to_string(type));
  }
  return Tee::kTdx;
}

Result<QuoteHeader> read_header(ByteReader& r) {
  QuoteHeader out;
  out.version = r.u16le();
  if (r.ok() && (out.version < 3 || out.version > 5)) {
    return Error(Code::kUnsupported, "dcap.version",
                 "quote version " + std::to_string(out.version) + ", known are 3, 4 and 5");
  }
  out.attestation_key_type = r.u16le();
  const std::uint32_t tee = r.u32le();
  out.qe_svn = r.u16le();
  out.pce_svn = r.u16le();
  out.qe_vendor_id = r.fixed<16>();
  out.user_data = r.fixed<20>();
  if (!r.ok()) {
    return bad_format("shorter than a quote's header");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.quote.key_type", out.attestation_key_type == kEcdsaP256)) {
    return Error(Code::kUnsupported, "dcap.key_type",
                 "attestation key type " + std::to_string(out.attestation_key_type));
  }
  CLAUSTRUM_TRY_ASSIGN(out.tee, tee_of(out.version, tee));
  return out;
}

std::size_t body_len_of(std::uint16_t body_type) {
  switch (body_type) {
    case kBodySgx:
      return kSgxBodyLen;
    case kBodyTd10:
      return kTd10BodyLen;
    case kBodyTd15:
      return kTd15BodyLen;
    case kBodyTd15Ex:
      return kTd15ExBodyLen;
    default:
      return 0;
  }
}

// Versions 3 and 4 imply the body by the TEE; version 5 names it, and says its size as well.
Status read_descriptor(ByteReader& r, Quote& out) {
  if (out.header.version < 5) {
    out.body_type = out.header.tee == Tee::kSgx ? kBodySgx : kBodyTd10;
    return ok_status();
  }
  out.body_type = r.u16le();
  const std::uint32_t size = r.u32le();
  const std::size_t len = body_len_of(out.body_type);
  if (!r.ok()) {
    return bad_format("shorter than a quote's header");
  }
  if (len == 0) {
    return Error(Code::kUnsupported, "dcap.body_type",
                 "body type " + std::to_string(out.body_type));
  }
  const bool sgx = out.body_type == kBodySgx;
  if (!CLAUSTRUM_GUARD("evidence.dcap.quote.body_tee", sgx == (out.header.tee == Tee::kSgx))) {
    return Error(Code::kMalformed, "dcap.body_type", "the body's type is not one of this TEE");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.quote.body_size", size == len)) {
    return bad_format("the body's size is not that of its type");
  }
  return ok_status();
}

void read_qe_part(ByteReader& r, Quote& out) {
  out.qe_report_raw = r.fixed<kSgxBodyLen>();
  ByteReader report(out.qe_report_raw, "QE report");
  out.qe_report = read_sgx_report_body(report);
  out.qe_report_signature = r.fixed<64>();
  out.qe_auth_data = to_bytes(r.bytes(r.u16le()));
  out.certification_type = r.u16le();
  out.certification_data = to_bytes(r.bytes(r.u32le()));
}

Status read_signature_data(BytesView data, Quote& out) {
  ByteReader r(data, "signature data");
  out.signature = r.fixed<64>();
  out.attestation_key = r.fixed<64>();
  if (out.header.version == 3) {
    read_qe_part(r, out);
  } else {
    if (r.u16le() != kCertQeReport) {
      r.fail("the outer certification data is not of type 6");
    }
    ByteReader inner = r.sub(r.u32le(), "QE report certification data");
    read_qe_part(inner, out);
    if (const Status status = inner.finish(); !status.ok()) {
      return bad_format(status.error().text());
    }
  }
  if (const Status status = r.finish(); !status.ok()) {
    return bad_format(status.error().text());
  }
  if (out.certification_type == kCertQeReport) {
    return bad_format("certification data of type 6 inside certification data");
  }
  return ok_status();
}

void write_qe_part(ByteWriter& w, const Quote& q) {
  w.bytes(q.qe_report_raw).bytes(q.qe_report_signature);
  w.u16le(static_cast<std::uint16_t>(q.qe_auth_data.size())).bytes(q.qe_auth_data);
  w.u16le(q.certification_type);
  w.u32le(static_cast<std::uint32_t>(q.certification_data.size())).bytes(q.certification_data);
}

}  // namespace

const ByteArray<64>& Quote::report_data() const {
  const SgxReportBody* enclave = sgx();
  return enclave != nullptr ? enclave->report_data : td()->report_data;
}

Result<Quote> parse_quote(BytesView data) {
  if (data.size() > kMaxQuoteLen) {
    return bad_format("larger than 64 KiB");
  }
  ByteReader r(data, "quote");
  Quote out;
  CLAUSTRUM_TRY_ASSIGN(out.header, read_header(r));
  CLAUSTRUM_TRY(read_descriptor(r, out));
  if (out.header.tee == Tee::kSgx) {
    out.body = read_sgx_report_body(r);
  } else {
    out.body = read_td_report_body(r, body_len_of(out.body_type));
  }
  out.signed_bytes = to_bytes(data.first(r.position()));
  const BytesView signature_data = r.bytes(r.u32le());
  const BytesView padding = r.rest();
  if (const Status status = r.finish(); !status.ok()) {
    return bad_format(status.error().text());
  }
  CLAUSTRUM_TRY(read_signature_data(signature_data, out));
  if (!CLAUSTRUM_GUARD("evidence.dcap.quote.padding", all_zero(padding))) {
    return bad_format("bytes behind the quote that are not zero");
  }
  out.padding = padding.size();
  return out;
}

Bytes serialize_signed_part(const QuoteHeader& header, std::uint16_t body_type,
                            const std::variant<SgxReportBody, TdReportBody>& body) {
  const Bytes inner = std::visit([](const auto& b) { return serialize(b); }, body);
  ByteWriter w;
  w.u16le(header.version).u16le(header.attestation_key_type);
  w.u32le(header.tee == Tee::kSgx ? kTeeSgx : kTeeTdx).u16le(header.qe_svn).u16le(header.pce_svn);
  w.bytes(header.qe_vendor_id).bytes(header.user_data);
  if (header.version >= 5) {
    w.u16le(body_type).u32le(static_cast<std::uint32_t>(inner.size()));
  }
  w.bytes(inner);
  return std::move(w).take();
}

Bytes serialize(const Quote& quote) {
  ByteWriter qe;
  write_qe_part(qe, quote);
  ByteWriter signature;
  signature.bytes(quote.signature).bytes(quote.attestation_key);
  if (quote.header.version != 3) {
    signature.u16le(kCertQeReport).u32le(static_cast<std::uint32_t>(qe.size()));
  }
  signature.bytes(qe.view());
  ByteWriter out;
  out.bytes(quote.signed_bytes).u32le(static_cast<std::uint32_t>(signature.size()));
  out.bytes(signature.view()).zeros(quote.padding);
  return std::move(out).take();
}

}  // namespace claustrum::evidence::dcap
