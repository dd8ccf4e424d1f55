// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/report_body.h"

#include "claustrum/base/check.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::dcap {
namespace {

std::uint64_t u64le_at(const ByteArray<16>& bytes, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = 8; i > 0; --i) {
    out = out << 8 | bytes[at + i - 1];
  }
  return out;
}

Td15ExPart read_td15ex(ByteReader& r) {
  Td15ExPart out;
  out.vm_id = r.u8();
  out.td_id = r.fixed<32>();
  out.dev_info_hash = r.fixed<48>();
  out.init_servtd_hash = r.fixed<48>();
  out.init_servtd_attr = r.u64le();
  out.init_cpu_svn = r.fixed<16>();
  out.init_tee_tcb_svn = r.fixed<16>();
  out.init_tee_fmspc = r.fixed<12>();
  out.cur_servtd_hash = r.fixed<48>();
  out.cur_servtd_attr = r.u64le();
  return out;
}

void write_td15ex(ByteWriter& w, const Td15ExPart& part) {
  w.u8(part.vm_id).bytes(part.td_id).bytes(part.dev_info_hash).bytes(part.init_servtd_hash);
  w.u64le(part.init_servtd_attr).bytes(part.init_cpu_svn).bytes(part.init_tee_tcb_svn);
  w.bytes(part.init_tee_fmspc).bytes(part.cur_servtd_hash).u64le(part.cur_servtd_attr);
}

}  // namespace

std::uint64_t SgxReportBody::flags() const {
  return u64le_at(attributes, 0);
}

std::uint64_t SgxReportBody::xfrm() const {
  return u64le_at(attributes, 8);
}

SgxReportBody read_sgx_report_body(ByteReader& r) {
  SgxReportBody out;
  out.cpu_svn = r.fixed<16>();
  out.misc_select = r.u32le();
  out.reserved1 = r.fixed<12>();
  out.isv_ext_prod_id = r.fixed<16>();
  out.attributes = r.fixed<16>();
  out.mr_enclave = r.fixed<32>();
  out.reserved2 = r.fixed<32>();
  out.mr_signer = r.fixed<32>();
  out.reserved3 = r.fixed<32>();
  out.config_id = r.fixed<64>();
  out.isv_prod_id = r.u16le();
  out.isv_svn = r.u16le();
  out.config_svn = r.u16le();
  out.reserved4 = r.fixed<42>();
  out.isv_family_id = r.fixed<16>();
  out.report_data = r.fixed<64>();
  return out;
}

TdReportBody read_td_report_body(ByteReader& r, std::size_t body_len) {
  CLAUSTRUM_CHECK(body_len == kTd10BodyLen || body_len == kTd15BodyLen ||
                  body_len == kTd15ExBodyLen);
  TdReportBody out;
  out.tee_tcb_svn = r.fixed<16>();
  out.mr_seam = r.fixed<48>();
  out.mr_signer_seam = r.fixed<48>();
  out.seam_attributes = r.u64le();
  out.td_attributes = r.u64le();
  out.xfam = r.u64le();
  out.mr_td = r.fixed<48>();
  out.mr_config_id = r.fixed<48>();
  out.mr_owner = r.fixed<48>();
  out.mr_owner_config = r.fixed<48>();
  for (ByteArray<48>& rtmr : out.rtmr) {
    rtmr = r.fixed<48>();
  }
  out.report_data = r.fixed<64>();
  if (body_len >= kTd15BodyLen) {
    Td15Part& part = out.td15.emplace();
    part.tee_tcb_svn_2 = r.fixed<16>();
    part.mr_service_td = r.fixed<48>();
  }
  if (body_len == kTd15ExBodyLen) {
    out.td15ex = read_td15ex(r);
  }
  return out;
}

Bytes serialize(const SgxReportBody& body) {
  ByteWriter w;
  w.bytes(body.cpu_svn).u32le(body.misc_select).bytes(body.reserved1);
  w.bytes(body.isv_ext_prod_id).bytes(body.attributes).bytes(body.mr_enclave);
  w.bytes(body.reserved2).bytes(body.mr_signer).bytes(body.reserved3).bytes(body.config_id);
  w.u16le(body.isv_prod_id).u16le(body.isv_svn).u16le(body.config_svn).bytes(body.reserved4);
  w.bytes(body.isv_family_id).bytes(body.report_data);
  return std::move(w).take();
}

Bytes serialize(const TdReportBody& body) {
  CLAUSTRUM_CHECK(body.td15 || !body.td15ex);
  ByteWriter w;
  w.bytes(body.tee_tcb_svn).bytes(body.mr_seam).bytes(body.mr_signer_seam);
  w.u64le(body.seam_attributes).u64le(body.td_attributes).u64le(body.xfam).bytes(body.mr_td);
  w.bytes(body.mr_config_id).bytes(body.mr_owner).bytes(body.mr_owner_config);
  for (const ByteArray<48>& rtmr : body.rtmr) {
    w.bytes(rtmr);
  }
  w.bytes(body.report_data);
  if (body.td15) {
    w.bytes(body.td15->tee_tcb_svn_2).bytes(body.td15->mr_service_td);
  }
  if (body.td15ex) {
    write_td15ex(w, *body.td15ex);
  }
  return std::move(w).take();
}

}  // namespace claustrum::evidence::dcap
