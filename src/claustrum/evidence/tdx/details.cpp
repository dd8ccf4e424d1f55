// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tdx/details.h"

#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::tdx {
namespace {

using dcap::hex_json;
using dcap::memory_hex_json;

void add_td15ex(const dcap::Td15ExPart& part, codec::Json& out) {
  out.set("vm_id", dcap::number_json(part.vm_id)).set("td_id", hex_json(part.td_id));
  out.set("dev_info_hash", hex_json(part.dev_info_hash));
  out.set("init_servtd_hash", hex_json(part.init_servtd_hash));
  out.set("init_servtd_attr", memory_hex_json(part.init_servtd_attr));
  out.set("init_cpu_svn", hex_json(part.init_cpu_svn));
  out.set("init_tee_tcb_svn", hex_json(part.init_tee_tcb_svn));
  out.set("init_tee_fmspc", hex_json(part.init_tee_fmspc));
  out.set("cur_servtd_hash", hex_json(part.cur_servtd_hash));
  out.set("cur_servtd_attr", memory_hex_json(part.cur_servtd_attr));
}

void add_flags(std::uint64_t attributes, codec::Json& out) {
  const auto on = [attributes](unsigned at) { return codec::Json((attributes >> at & 1U) != 0); };
  out.set("sept_ve_disable", on(28)).set("migratable", on(29)).set("pks", on(30));
  out.set("kl", on(31)).set("perfmon", on(63)).set("tpa", on(62)).set("lass", on(27));
  out.set("icssd", on(16)).set("servtd_ext", on(17));
}

void add_details(const dcap::TdReportBody& b, codec::Json& out) {
  out.set("tee_tcb_svn", hex_json(b.tee_tcb_svn)).set("mr_seam", hex_json(b.mr_seam));
  out.set("mr_signer_seam", hex_json(b.mr_signer_seam));
  out.set("seam_attributes", memory_hex_json(b.seam_attributes));
  out.set("td_attributes", memory_hex_json(b.td_attributes)).set("xfam", memory_hex_json(b.xfam));
  add_flags(b.td_attributes, out);
  out.set("mr_td", hex_json(b.mr_td)).set("mr_config_id", hex_json(b.mr_config_id));
  out.set("mr_owner", hex_json(b.mr_owner)).set("mr_owner_config", hex_json(b.mr_owner_config));
  for (std::size_t i = 0; i < b.rtmr.size(); ++i) {
    out.set("rtmr" + std::to_string(i), hex_json(b.rtmr[i]));
  }
  if (b.td15) {
    out.set("tee_tcb_svn_2", hex_json(b.td15->tee_tcb_svn_2));
    out.set("mr_service_td", hex_json(b.td15->mr_service_td));
  }
  if (b.td15ex) {
    add_td15ex(*b.td15ex, out);
  }
}

}  // namespace

Claims make_claims(const dcap::Quote& quote, const dcap::Chain* chain,
                   const dcap::Documents& documents, const dcap::TcbResult* tcb) {
  const dcap::TdReportBody& body = *quote.td();
  const auto bytes = [](const ByteArray<48>& value) { return to_bytes(BytesView(value)); };
  Claims out;
  out.platform = kPlatform;
  out.measurements["mr_td"] = bytes(body.mr_td);
  out.measurements["mr_seam"] = bytes(body.mr_seam);
  out.measurements["mr_owner"] = bytes(body.mr_owner);
  out.measurements["mr_owner_config"] = bytes(body.mr_owner_config);
  for (std::size_t i = 0; i < body.rtmr.size(); ++i) {
    out.measurements["rtmr" + std::to_string(i)] = bytes(body.rtmr[i]);
  }
  if (body.td15) {
    out.measurements["mr_service_td"] = bytes(body.td15->mr_service_td);
  }
  out.host_data = bytes(body.mr_config_id);
  out.debug = (body.td_attributes & dcap::kTdUntrustedMask) != 0;
  out.migration = (body.td_attributes & dcap::kTdMigratable) != 0;
  out.details = codec::Json::object();
  add_details(body, out.details);
  dcap::add_common_claims(quote, chain, documents, tcb, out);
  return out;
}

}  // namespace claustrum::evidence::tdx
