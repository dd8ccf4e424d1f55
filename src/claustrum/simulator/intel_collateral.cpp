// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_collateral.h"

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::simulator {
namespace {

using codec::Json;
using evidence::dcap::Components;
using evidence::dcap::QeIdentity;
using evidence::dcap::SvnLevel;
using evidence::dcap::TcbInfo;
using evidence::dcap::TcbLevel;
using evidence::dcap::TcbStatus;
using evidence::dcap::TdxModule;
using evidence::dcap::TdxModuleIdentity;
using evidence::dcap::Tee;
using Signer = IntelAuthority::Signer;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kValidDays = 30;
constexpr std::int64_t kEvaluationDataNumber = 20;
constexpr std::uint16_t kOldPceSvn = 5;

Instant tcb_date(Instant issued, std::int64_t days_before) {
  return {(issued.seconds / kDay - days_before) * kDay};
}

std::vector<SvnLevel> svn_levels(std::uint16_t newest, Instant issued) {
  const auto older = static_cast<std::uint16_t>(newest - 1);
  return {{newest, tcb_date(issued, 200), TcbStatus::kUpToDate, {}},
          {older, tcb_date(issued, 700), TcbStatus::kOutOfDate, {"INTEL-SA-SIMULATED-1"}}};
}

std::vector<TcbLevel> platform_levels(const evidence::dcap::PlatformTcb& tcb, Tee tee,
                                      Instant issued) {
  TcbLevel newest{.sgx = tcb.components,
                  .pce_svn = tcb.pce_svn,
                  .tdx = std::nullopt,
                  .date = tcb_date(issued, 200),
                  .status = TcbStatus::kUpToDate,
                  .advisories = {}};
  if (tee == Tee::kTdx) {
    newest.tdx = Components{kTeeTcbSvn[0], 0, kTeeTcbSvn[2]};
  }
  TcbLevel older = newest;
  older.sgx[0] = static_cast<std::uint8_t>(older.sgx[0] - 1);
  older.sgx[1] = static_cast<std::uint8_t>(older.sgx[1] - 1);
  older.date = tcb_date(issued, 700);
  older.status = TcbStatus::kOutOfDate;
  older.advisories = {"INTEL-SA-SIMULATED-2"};
  TcbLevel oldest = older;
  oldest.pce_svn = std::min(kOldPceSvn, older.pce_svn);
  oldest.date = tcb_date(issued, 1200);
  oldest.advisories.emplace_back("INTEL-SA-SIMULATED-3");
  return {newest, older, oldest};
}

TcbInfo tcb_info_of(const IntelPlatform& platform, Tee tee, Instant issued) {
  TcbInfo out;
  out.id = tee == Tee::kSgx ? "SGX" : "TDX";
  out.version = 3;
  out.issue_date = issued;
  out.next_update = issued + kValidDays * kDay;
  out.fmspc = platform.pck().fmspc;
  out.pce_id = platform.pck().pce_id;
  out.evaluation_data_number = kEvaluationDataNumber;
  out.levels = platform_levels(platform.pck().tcb, tee, issued);
  if (tee == Tee::kTdx) {
    const TdxModule module{.mr_signer = {}, .attributes = 0, .attributes_mask = ~std::uint64_t{0}};
    out.tdx_module = module;
    TdxModuleIdentity identity{"TDX_0" + std::to_string(kTeeTcbSvn[1]), module, {}};
    identity.levels = svn_levels(kTeeTcbSvn[0], issued);
    out.tdx_module_identities = {identity};
  }
  return out;
}

QeIdentity qe_identity_of(Tee tee, Instant issued) {
  QeIdentity out;
  out.id = tee == Tee::kSgx ? "QE" : "TD_QE";
  out.version = 2;
  out.issue_date = issued;
  out.next_update = issued + kValidDays * kDay;
  out.evaluation_data_number = kEvaluationDataNumber;
  out.misc_select_mask = 0xffffffff;
  // INIT and PROVISION_KEY set, DEBUG clear, MODE64BIT either way.
  out.attributes = {0x11};
  out.attributes_mask = {0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  out.mr_signer = qe_mr_signer(tee);
  out.isv_prod_id = tee == Tee::kSgx ? kQeProdId : kTdQeProdId;
  out.levels = svn_levels(kQeIsvSvn, issued);
  return out;
}

std::string upper_hex(BytesView bytes) {
  std::string out = codec::hex_encode(bytes);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

std::string hex_of(std::uint64_t value) {
  return upper_hex(ByteWriter().u64le(value).view());
}

void add_standing(Json& level, Instant date, TcbStatus status,
                  const std::vector<std::string>& advisories) {
  level.set("tcbDate", format_rfc3339(date)).set("tcbStatus", evidence::dcap::to_string(status));
  if (!advisories.empty()) {
    Json list = Json::array();
    for (const std::string& id : advisories) {
      list.push(id);
    }
    level.set("advisoryIDs", std::move(list));
  }
}

Json svn_levels_json(const std::vector<SvnLevel>& levels) {
  Json out = Json::array();
  for (const SvnLevel& one : levels) {
    Json level = Json::object();
    level.set("tcb", Json::object().set("isvsvn", std::int64_t{one.isv_svn}));
    add_standing(level, one.date, one.status, one.advisories);
    out.push(std::move(level));
  }
  return out;
}

Json components_json(const Components& components) {
  Json out = Json::array();
  for (const std::uint8_t svn : components) {
    out.push(Json::object().set("svn", std::int64_t{svn}));
  }
  return out;
}

Json tcb_json(const TcbLevel& level, std::int64_t version) {
  Json out = Json::object();
  if (version >= 3) {
    out.set("sgxtcbcomponents", components_json(level.sgx));
  } else {
    for (std::size_t i = 0; i < level.sgx.size(); ++i) {
      const std::string number = (i < 9 ? "0" : "") + std::to_string(i + 1);
      out.set("sgxtcbcomp" + number + "svn", std::int64_t{level.sgx[i]});
    }
  }
  out.set("pcesvn", std::int64_t{level.pce_svn});
  if (level.tdx) {
    out.set("tdxtcbcomponents", components_json(*level.tdx));
  }
  return out;
}

void add_module(Json& to, const TdxModule& module) {
  to.set("mrsigner", upper_hex(module.mr_signer))
      .set("attributes", hex_of(module.attributes))
      .set("attributesMask", hex_of(module.attributes_mask));
}

void add_tdx_modules(Json& to, const TcbInfo& info) {
  if (info.tdx_module) {
    Json module = Json::object();
    add_module(module, *info.tdx_module);
    to.set("tdxModule", std::move(module));
  }
  if (!info.tdx_module_identities.empty()) {
    Json list = Json::array();
    for (const TdxModuleIdentity& identity : info.tdx_module_identities) {
      Json one = Json::object();
      one.set("id", identity.id);
      add_module(one, identity.module);
      one.set("tcbLevels", svn_levels_json(identity.levels));
      list.push(std::move(one));
    }
    to.set("tdxModuleIdentities", std::move(list));
  }
}

}  // namespace

IntelCollateralSpec intel_collateral_spec(const IntelPlatform& platform, Tee tee, Instant issued) {
  IntelCollateralSpec out;
  out.pck_ca = platform.spec().pck_ca;
  out.tcb_info = tcb_info_of(platform, tee, issued);
  out.qe_identity = qe_identity_of(tee, issued);
  out.crl_this_update = issued;
  out.crl_next_update = issued + kValidDays * kDay;
  return out;
}

Json tcb_info_document(const TcbInfo& info) {
  Json out = Json::object();
  if (info.version >= 3) {
    out.set("id", info.id);
  }
  out.set("version", info.version)
      .set("issueDate", format_rfc3339(info.issue_date))
      .set("nextUpdate", format_rfc3339(info.next_update))
      .set("fmspc", upper_hex(info.fmspc))
      .set("pceId", upper_hex(info.pce_id))
      .set("tcbType", 0)
      .set("tcbEvaluationDataNumber", info.evaluation_data_number);
  add_tdx_modules(out, info);
  Json levels = Json::array();
  for (const TcbLevel& one : info.levels) {
    Json level = Json::object();
    level.set("tcb", tcb_json(one, info.version));
    add_standing(level, one.date, one.status, one.advisories);
    levels.push(std::move(level));
  }
  return out.set("tcbLevels", std::move(levels));
}

Json qe_identity_document(const QeIdentity& identity) {
  const auto misc = [](std::uint32_t value) { return upper_hex(ByteWriter().u32le(value).view()); };
  return Json::object()
      .set("id", identity.id)
      .set("version", identity.version)
      .set("issueDate", format_rfc3339(identity.issue_date))
      .set("nextUpdate", format_rfc3339(identity.next_update))
      .set("tcbEvaluationDataNumber", identity.evaluation_data_number)
      .set("miscselect", misc(identity.misc_select))
      .set("miscselectMask", misc(identity.misc_select_mask))
      .set("attributes", upper_hex(identity.attributes))
      .set("attributesMask", upper_hex(identity.attributes_mask))
      .set("mrsigner", upper_hex(identity.mr_signer))
      .set("isvprodid", std::int64_t{identity.isv_prod_id})
      .set("tcbLevels", svn_levels_json(identity.levels));
}

void sign_document(evidence::Collateral& collateral, const std::string& name, Bytes document,
                   const crypto::PrivateKey& key) {
  const Bytes signature = crypto::sign(key, crypto::SigAlg::kEcdsaP256Sha256, document);
  collateral[name + "_signature"] = to_bytes(codec::hex_encode(signature));
  collateral[name] = std::move(document);
}

Result<evidence::Collateral> make_intel_collateral(const IntelAuthority& authority,
                                                   const IntelCollateralSpec& spec) {
  evidence::Collateral out;
  const crypto::PrivateKey& signer = authority.key(Signer::kTcbSigning);
  sign_document(out, "tcb_info", to_bytes(codec::to_json(tcb_info_document(spec.tcb_info))),
                signer);
  sign_document(out, "qe_identity",
                to_bytes(codec::to_json(qe_identity_document(spec.qe_identity))), signer);
  out["tcb_info_issuer_chain"] = authority.issuer_chain(Signer::kTcbSigning);
  out["qe_identity_issuer_chain"] = authority.issuer_chain(Signer::kTcbSigning);
  out["pck_crl_issuer_chain"] = authority.issuer_chain(spec.pck_ca);
  CLAUSTRUM_TRY_ASSIGN(out["pck_crl"], authority.issue_crl(spec.pck_ca, spec.crl_this_update,
                                                           spec.crl_next_update, spec.revoked_pck));
  CLAUSTRUM_TRY_ASSIGN(out["root_ca_crl"],
                       authority.issue_crl(Signer::kRoot, spec.crl_this_update,
                                           spec.crl_next_update, spec.revoked_by_root));
  return out;
}

}  // namespace claustrum::simulator
