// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/claims.h"

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

std::string_view to_string(SgxType type) {
  switch (type) {
    case SgxType::kStandard:
      return "standard";
    case SgxType::kScalable:
      return "scalable";
    case SgxType::kScalableWithIntegrity:
      return "scalable-with-integrity";
  }
  return "standard";
}

Json header_json(const QuoteHeader& h) {
  Json out = Json::object();
  out.set("version", number_json(h.version));
  out.set("att_key_type", number_json(h.attestation_key_type));
  out.set("tee_type", number_json(h.tee == Tee::kSgx ? 0x00 : 0x81));
  out.set("qe_svn", number_json(h.qe_svn)).set("pce_svn", number_json(h.pce_svn));
  out.set("qe_vendor", hex_json(h.qe_vendor_id)).set("user_data", hex_json(h.user_data));
  return out;
}

Json qe_json(const SgxReportBody& qe) {
  Json out = Json::object();
  out.set("cpu_svn", hex_json(qe.cpu_svn)).set("misc_select", number_json(qe.misc_select));
  out.set("attributes", hex_json(qe.attributes)).set("mr_enclave", hex_json(qe.mr_enclave));
  out.set("mr_signer", hex_json(qe.mr_signer)).set("isv_prod_id", number_json(qe.isv_prod_id));
  out.set("isv_svn", number_json(qe.isv_svn));
  return out;
}

void add_flag(Json& to, std::string_view name, const std::optional<bool>& flag) {
  if (flag) {
    to.set(name, *flag);
  }
}

void add_platform(const Chain& chain, Claims& claims) {
  const PckExtension& e = chain.extension;
  Json& d = claims.details;
  d.set("fmspc", hex_json(e.fmspc)).set("pceid", hex_json(e.pce_id));
  d.set("pcesvn", number_json(e.tcb.pce_svn)).set("pck_cpu_svn", hex_json(e.cpu_svn));
  d.set("ppid", hex_json(e.ppid)).set("sgx_type", to_string(e.sgx_type));
  d.set("pck_ca", chain.intermediate.subject_cn());
  if (e.platform_instance_id) {
    d.set("platform_instance_id", hex_json(*e.platform_instance_id));
  }
  if (e.configuration) {
    add_flag(d, "dynamic_platform", e.configuration->dynamic_platform);
    add_flag(d, "cached_keys", e.configuration->cached_keys);
    add_flag(d, "smt_enabled", e.configuration->smt_enabled);
  }
  claims.product = codec::hex_encode(e.fmspc);
  claims.hardware_id = to_bytes(BytesView(e.ppid));
}

// "sgxtcbcomp01" to "sgxtcbcomp16".
void add_components(std::string_view prefix, const ByteArray<16>& components, Claims& claims) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    claims.tcb[std::string(prefix) + (number.size() < 2 ? "0" : "") + number] = components[i];
  }
}

void add_documents(const Documents& documents, Claims& claims) {
  if (documents.tcb_info) {
    const std::int64_t number = documents.tcb_info->value.evaluation_data_number;
    claims.tcb["tcbEvaluationDataNumber"] = number;
    claims.details.set("tcb_evaluation_data_number", number);
    claims.details.set("tcb_info_version", documents.tcb_info->value.version);
  }
  if (documents.qe_identity) {
    claims.details.set("qe_tcb_evaluation_data_number",
                       documents.qe_identity->value.evaluation_data_number);
  }
}

void add_tcb(const Documents& documents, const TcbResult& tcb, Claims& claims) {
  const auto status = [](TcbStatus value) { return Json(dcap::to_string(value)); };
  Json& d = claims.details;
  d.set("tcb_status", status(tcb.status)).set("platform_tcb_status", status(tcb.platform));
  d.set("qe_tcb_status", status(tcb.qe)).set("tcb_date", format_rfc3339(tcb.date));
  d.set("platform_tcb_date", format_rfc3339(tcb.platform_date));
  d.set("qe_tcb_date", format_rfc3339(tcb.qe_date));
  if (tcb.module) {
    d.set("tdx_module_id", tcb.module_id).set("module_tcb_status", status(*tcb.module));
  }
  if (tcb.module_date) {
    d.set("module_tcb_date", format_rfc3339(*tcb.module_date));
  }
  if (tcb.launch && tcb.current) {
    d.set("launch_tcb_status", status(*tcb.launch));
    d.set("current_tcb_status", status(*tcb.current));
    d.set("relaunch_advised", tcb.status == TcbStatus::kTdRelaunchAdvised ||
                                  tcb.status == TcbStatus::kTdRelaunchAdvisedConfigurationNeeded);
  }
  Json::Array advisories(tcb.advisories.begin(), tcb.advisories.end());
  d.set("advisory_ids", Json(std::move(advisories)));
  TcbStanding& standing = claims.standing.emplace();
  standing.status = dcap::to_string(tcb.status);
  standing.date = tcb.date;
  standing.advisories = tcb.advisories;
  standing.evaluation_data_number = std::min(documents.tcb_info->value.evaluation_data_number,
                                             documents.qe_identity->value.evaluation_data_number);
}

}  // namespace

Json hex_json(BytesView bytes) {
  return Json(codec::hex_encode(bytes));
}

Json number_json(std::uint64_t value) {
  return Json(static_cast<std::int64_t>(value));
}

Json memory_hex_json(std::uint64_t value) {
  ByteWriter w;
  w.u64le(value);
  return hex_json(w.view());
}

void add_common_claims(const Quote& quote, const Chain* chain, const Documents& documents,
                       const TcbResult* tcb, Claims& claims) {
  claims.report_data = to_bytes(BytesView(quote.report_data()));
  claims.details.set("report_data", hex_json(quote.report_data()));
  claims.details.set("header", header_json(quote.header));
  claims.details.set("qe_report", qe_json(quote.qe_report));
  claims.details.set("qe_auth_data", hex_json(quote.qe_auth_data));
  if (quote.header.version >= 5) {
    claims.details.set("body_type", number_json(quote.body_type));
  }
  if (chain != nullptr) {
    add_platform(*chain, claims);
    add_components("sgxtcbcomp", chain->extension.tcb.components, claims);
    claims.tcb["pcesvn"] = chain->extension.tcb.pce_svn;
  }
  if (const TdReportBody* td = quote.td(); td != nullptr) {
    add_components("tdxtcbcomp", td->tee_tcb_svn, claims);
  }
  add_documents(documents, claims);
  if (tcb != nullptr) {
    add_tcb(documents, *tcb, claims);
  }
}

}  // namespace claustrum::evidence::dcap
