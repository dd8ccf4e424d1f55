// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/details.h"

#include <algorithm>
#include <cstdio>

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp {
namespace {

using codec::Json;

Json hex(BytesView bytes) {
  return Json(codec::hex_encode(bytes));
}

Json bit(std::uint64_t value, unsigned at) {
  return Json(static_cast<std::int64_t>(value >> at & 1U));
}

Json number(std::uint64_t value) {
  return Json(static_cast<std::int64_t>(value));
}

Json policy_json(std::uint64_t p) {
  const auto allows = [p](std::uint64_t mask) { return Json((p & mask) != 0); };
  Json out = Json::object();
  out.set("raw", hex_number(p));
  out.set("abi_minor", number(p & 0xFF));
  out.set("abi_major", number(p >> 8 & 0xFF));
  out.set("smt", allows(kPolicySmt));
  out.set("reserved17", bit(p, 17));
  out.set("migrate_ma", allows(kPolicyMigrateMa));
  out.set("debug", allows(kPolicyDebug));
  out.set("single_socket", allows(kPolicySingleSocket));
  out.set("cxl_allow", allows(kPolicyCxlAllow));
  out.set("mem_aes_256_xts", allows(kPolicyAes256Xts));
  out.set("rapl_dis", allows(kPolicyRaplDis));
  out.set("ciphertext_hiding", allows(kPolicyCiphertextHiding));
  out.set("page_swap_disable", allows(kPolicyPageSwapDisable));
  return out;
}

Json tcb_json(const TcbRaw& raw, TcbLayout layout) {
  const Tcb tcb = decode_tcb(raw, layout);
  Json out = Json::object();
  if (layout == TcbLayout::kTurin) {
    out.set("fmc", number(tcb.fmc));
  }
  out.set("bootloader", number(tcb.bootloader));
  out.set("tee", number(tcb.tee));
  out.set("snp", number(tcb.snp));
  out.set("microcode", number(tcb.microcode));
  out.set("raw", hex(raw));
  return out;
}

Json platform_info_json(std::uint64_t info) {
  Json out = Json::object();
  out.set("raw", hex_number(info));
  out.set("smt", bit(info, 0));
  out.set("tsme", bit(info, 1));
  out.set("ecc", bit(info, 2));
  out.set("rapl_dis", bit(info, 3));
  out.set("ciphertext_hiding", bit(info, 4));
  out.set("alias_check_complete", bit(info, 5));
  out.set("tio", bit(info, 7));
  return out;
}

std::string signing_key_name(std::uint32_t value) {
  switch (value) {
    case static_cast<std::uint32_t>(SigningKey::kVcek):
      return "VCEK";
    case static_cast<std::uint32_t>(SigningKey::kVlek):
      return "VLEK";
    case static_cast<std::uint32_t>(SigningKey::kNone):
      return "NONE";
    default:
      return "reserved " + std::to_string(value);
  }
}

Json flags_json(const Report& report) {
  Json out = Json::object();
  out.set("raw", hex_number(report.flags));
  out.set("author_key_en", bit(report.flags, 0));
  out.set("mask_chip_key", bit(report.flags, 1));
  out.set("signing_key", signing_key_name(report.signing_key()));
  return out;
}

Json version_json(const FirmwareVersion& v) {
  return Json(std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
              std::to_string(v.build));
}

}  // namespace

std::string hex_number(std::uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

codec::Json report_details(const Report& r, TcbLayout layout) {
  Json out = Json::object();
  out.set("version", number(r.version));
  if (r.has_cpuid()) {
    out.set("cpuid_family", number(r.cpuid_family));
    out.set("cpuid_model", number(r.cpuid_model));
    out.set("cpuid_stepping", number(r.cpuid_stepping));
  }
  out.set("product_inferred", product_inferred(r));
  out.set("guest_svn", number(r.guest_svn)).set("policy", policy_json(r.policy));
  out.set("family_id", hex(r.family_id)).set("image_id", hex(r.image_id));
  out.set("vmpl", number(r.vmpl)).set("signature_algo", number(r.signature_algo));
  out.set("current_tcb", tcb_json(r.current_tcb, layout));
  out.set("platform_info", platform_info_json(r.platform_info)).set("flags", flags_json(r));
  out.set("report_data", hex(r.report_data)).set("measurement", hex(r.measurement));
  out.set("host_data", hex(r.host_data)).set("id_key_digest", hex(r.id_key_digest));
  out.set("author_key_digest", hex(r.author_key_digest));
  out.set("report_id", hex(r.report_id)).set("report_id_ma", hex(r.report_id_ma));
  out.set("reported_tcb", tcb_json(r.reported_tcb, layout)).set("chip_id", hex(r.chip_id));
  out.set("committed_tcb", tcb_json(r.committed_tcb, layout));
  out.set("current_version", version_json(r.current_version));
  out.set("committed_version", version_json(r.committed_version));
  out.set("launch_tcb", tcb_json(r.launch_tcb, layout));
  if (r.has_mit_vectors()) {
    out.set("launch_mit_vector", hex_number(r.launch_mit_vector));
    out.set("current_mit_vector", hex_number(r.current_mit_vector));
  }
  return out;
}

std::map<std::string, std::int64_t> tcb_levels(const Report& report, TcbLayout layout) {
  const Tcb tcb = decode_tcb(report.reported_tcb, layout);
  std::map<std::string, std::int64_t> out = {{"bootloader", tcb.bootloader},
                                             {"tee", tcb.tee},
                                             {"snp", tcb.snp},
                                             {"microcode", tcb.microcode}};
  if (layout == TcbLayout::kTurin) {
    out["fmc"] = tcb.fmc;
  }
  return out;
}

Claims make_claims(const Report& report, std::string_view product,
                   const VekExtensions* extensions) {
  const TcbLayout layout = product.empty() ? layout_inferred(report) : layout_of_product(product);
  Claims out;
  out.platform = "amd-sev-snp";
  out.product = product.empty() ? product_inferred(report) : std::string(product);
  out.measurements["measurement"] = to_bytes(BytesView(report.measurement));
  out.report_data = to_bytes(BytesView(report.report_data));
  out.host_data = to_bytes(BytesView(report.host_data));
  out.debug = (report.policy & kPolicyDebug) != 0;
  const auto ff = [](std::uint8_t byte) { return byte == 0xFF; };
  out.migration = (report.policy & kPolicyMigrateMa) != 0 ||
                  !std::all_of(report.report_id_ma.begin(), report.report_id_ma.end(), ff);
  out.privilege_level = std::int64_t{report.vmpl};
  out.tcb = tcb_levels(report, layout);
  out.details = report_details(report, layout);
  if (!report.chip_id_masked()) {
    const std::size_t len = layout == TcbLayout::kTurin ? kTurinHwidLen : kHwidLen;
    out.hardware_id = to_bytes(BytesView(report.chip_id).first(len));
  }
  if (extensions != nullptr) {
    out.details.set("vek_extensions", to_json(*extensions));
    out.provider = extensions->csp_id.value_or("");
  }
  return out;
}

}  // namespace claustrum::evidence::snp
