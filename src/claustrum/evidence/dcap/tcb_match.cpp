// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/tcb_match.h"

#include <algorithm>
#include <set>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

bool at_least(const Components& have, const Components& want, std::size_t from) {
  for (std::size_t i = from; i < have.size(); ++i) {
    if (have[i] < want[i]) {
      return false;
    }
  }
  return true;
}

// A versioned module is judged by its own identity, so its two SVNs are left out here.
std::size_t first_component(const ByteArray<16>& tee_tcb_svn) {
  return tee_tcb_svn[1] > 0 ? 2 : 0;
}

bool covers(const TcbLevel& level, const PlatformTcb& platform, const ByteArray<16>* tee_tcb_svn) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb.components",
                       at_least(platform.components, level.sgx, 0))) {
    return false;
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb.pce_svn", platform.pce_svn >= level.pce_svn)) {
    return false;
  }
  const bool tdx =
      tee_tcb_svn == nullptr ||
      (level.tdx.has_value() && at_least(*tee_tcb_svn, *level.tdx, first_component(*tee_tcb_svn)));
  return CLAUSTRUM_GUARD("evidence.dcap.tcb.tdx_components", tdx);
}

Result<const TcbLevel*> match_level(const TcbInfo& info, const PlatformTcb& platform,
                                    const ByteArray<16>* tee_tcb_svn) {
  const auto at = std::ranges::find_if(
      info.levels, [&](const TcbLevel& level) { return covers(level, platform, tee_tcb_svn); });
  if (at == info.levels.end()) {
    return Error(Code::kNotFound, "dcap.tcb.no_level",
                 "the platform is below every level of the TCB Info: not supported");
  }
  return &*at;
}

bool masked_equal(const SgxReportBody& report, const QeIdentity& identity) {
  for (std::size_t i = 0; i < identity.attributes.size(); ++i) {
    if ((report.attributes[i] & identity.attributes_mask[i]) != identity.attributes[i]) {
      return false;
    }
  }
  return true;
}

// Documents of the other TEE have levels that mean something else.
Status check_kinds(const TcbInfo& info, const QeIdentity& identity, bool tdx) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb_info.tee", info.id == (tdx ? kIdTdx : kIdSgx))) {
    return Error(Code::kMismatch, "dcap.tcb_info.tee", "this TCB Info is for " + info.id);
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe.id", identity.id == (tdx ? kIdTdQe : kIdQe))) {
    return Error(Code::kMismatch, "dcap.qe.id", "this identity is that of " + identity.id);
  }
  return ok_status();
}

Status add_module(const TdxModuleIdentity& identity, std::uint8_t isv_svn, TcbResult& out,
                  std::set<std::string>& advisories) {
  const SvnLevel* level = match_svn(identity.levels, isv_svn);
  if (level == nullptr) {
    return Error(Code::kNotFound, "dcap.module.no_level",
                 identity.id + " has no level for SVN " + std::to_string(isv_svn));
  }
  out.module = level->status;
  out.module_id = identity.id;
  out.module_date = level->date;
  out.date = std::min(out.date, level->date);
  out.status = converge(out.status, level->status);
  advisories.insert(level->advisories.begin(), level->advisories.end());
  return ok_status();
}

// One evaluation. `td` and `tee_tcb_svn` are both there or both nullptr.
Result<TcbResult> evaluate_once(const TcbInfo& info, const SvnLevel& qe,
                                const PlatformTcb& platform, const TdReportBody* td,
                                const ByteArray<16>* tee_tcb_svn) {
  CLAUSTRUM_TRY_ASSIGN(const TcbLevel* level, match_level(info, platform, tee_tcb_svn));
  TcbResult out;
  out.platform = level->status;
  out.platform_date = level->date;
  out.qe = qe.status;
  out.qe_date = qe.date;
  out.date = std::min(level->date, qe.date);
  out.status = converge(level->status, qe.status);
  std::set<std::string> advisories(level->advisories.begin(), level->advisories.end());
  advisories.insert(qe.advisories.begin(), qe.advisories.end());
  if (td != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const TdxModuleIdentity* module,
                         check_tdx_module(info, *td, *tee_tcb_svn));
    if (module != nullptr) {
      CLAUSTRUM_TRY(add_module(*module, (*tee_tcb_svn)[0], out, advisories));
    }
  }
  out.advisories.assign(advisories.begin(), advisories.end());
  return out;
}

bool names_configuration(TcbStatus status) {
  return status == TcbStatus::kConfigurationNeeded ||
         status == TcbStatus::kConfigurationAndSwHardeningNeeded ||
         status == TcbStatus::kOutOfDateConfigurationNeeded;
}

}  // namespace

Status check_tcb_info(const TcbInfo& info, const ByteArray<6>& fmspc, const ByteArray<2>& pce_id) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb_info.fmspc", info.fmspc == fmspc)) {
    return Error(Code::kMismatch, "dcap.tcb_info.fmspc",
                 "TCB Info is for FMSPC " + codec::hex_encode(info.fmspc) + ", the platform's is " +
                     codec::hex_encode(fmspc));
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb_info.pce_id", info.pce_id == pce_id)) {
    return Error(Code::kMismatch, "dcap.tcb_info.pce_id",
                 "TCB Info is for PCE " + codec::hex_encode(info.pce_id) + ", the platform's is " +
                     codec::hex_encode(pce_id));
  }
  return ok_status();
}

Status check_qe_identity(const QeIdentity& identity, const SgxReportBody& qe_report) {
  if (!CLAUSTRUM_GUARD(
          "evidence.dcap.qe.misc_select",
          (qe_report.misc_select & identity.misc_select_mask) == identity.misc_select)) {
    return Error(Code::kMismatch, "dcap.qe.misc_select", "MISCSELECT is not the identity's");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe.attributes", masked_equal(qe_report, identity))) {
    return Error(Code::kMismatch, "dcap.qe.attributes", "ATTRIBUTES are not the identity's");
  }
  // Whatever the mask says: the host reads a debug enclave's signing key.
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe.debug", (qe_report.flags() & kSgxDebug) == 0)) {
    return Error(Code::kMismatch, "dcap.qe.debug", "the quoting enclave runs in debug mode");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe.mr_signer", qe_report.mr_signer == identity.mr_signer)) {
    return Error(Code::kMismatch, "dcap.qe.mr_signer", "MRSIGNER is not the identity's");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.qe.prod_id", qe_report.isv_prod_id == identity.isv_prod_id)) {
    return Error(Code::kMismatch, "dcap.qe.prod_id",
                 "ISVPRODID " + std::to_string(qe_report.isv_prod_id));
  }
  return ok_status();
}

const SvnLevel* match_svn(const std::vector<SvnLevel>& levels, std::uint16_t isv_svn) {
  const auto at = std::ranges::find_if(levels, [&](const SvnLevel& level) {
    return CLAUSTRUM_GUARD("evidence.dcap.isv_svn", isv_svn >= level.isv_svn);
  });
  return at == levels.end() ? nullptr : &*at;
}

Result<const TdxModuleIdentity*> check_tdx_module(const TcbInfo& info, const TdReportBody& td,
                                                  const ByteArray<16>& tee_tcb_svn) {
  const bool versioned = tee_tcb_svn[1] > 0;
  const TdxModuleIdentity* identity =
      versioned
          ? find_module(info, "TDX_" + codec::hex_encode(BytesView(tee_tcb_svn).subspan(1, 1)))
          : nullptr;
  if (!CLAUSTRUM_GUARD("evidence.dcap.module.unknown", !versioned || identity != nullptr)) {
    return Error(Code::kNotFound, "dcap.module.unknown",
                 "no identity for TDX module version " + std::to_string(tee_tcb_svn[1]));
  }
  const TdxModule expected =
      identity != nullptr ? identity->module : info.tdx_module.value_or(TdxModule());
  if (!CLAUSTRUM_GUARD("evidence.dcap.module.mr_signer", td.mr_signer_seam == expected.mr_signer)) {
    return Error(Code::kMismatch, "dcap.module.mr_signer", "MRSIGNERSEAM is not the module's");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.module.attributes",
                       (td.seam_attributes & expected.attributes_mask) == expected.attributes)) {
    return Error(Code::kMismatch, "dcap.module.attributes", "SEAMATTRIBUTES are not the module's");
  }
  // Intel's library asks for zero on top of any mask: no bit has a meaning that a TD may rely on.
  if (!CLAUSTRUM_GUARD("evidence.dcap.module.attributes_zero", td.seam_attributes == 0)) {
    return Error(Code::kMismatch, "dcap.module.attributes_zero", "SEAMATTRIBUTES are not zero");
  }
  return identity;
}

Result<TcbResult> evaluate_tcb(const TcbInfo& info, const QeIdentity& identity,
                               const PlatformTcb& platform, const SgxReportBody& qe_report,
                               const TdReportBody* td) {
  CLAUSTRUM_TRY(check_kinds(info, identity, td != nullptr));
  CLAUSTRUM_TRY(check_qe_identity(identity, qe_report));
  const SvnLevel* qe = match_svn(identity.levels, qe_report.isv_svn);
  if (qe == nullptr) {
    return Error(Code::kNotFound, "dcap.qe.no_level",
                 "no level for the quoting enclave's SVN " + std::to_string(qe_report.isv_svn));
  }
  CLAUSTRUM_TRY_ASSIGN(TcbResult out,
                       evaluate_once(info, *qe, platform, td, td ? &td->tee_tcb_svn : nullptr));
  if (td != nullptr && td->td15) {
    CLAUSTRUM_TRY_ASSIGN(const TcbResult current,
                         evaluate_once(info, *qe, platform, td, &td->td15->tee_tcb_svn_2));
    out.launch = out.status;
    out.current = current.status;
    out.status = relaunch(out.status, current.status);
  }
  return out;
}

TcbStatus converge(TcbStatus platform, TcbStatus component) {
  if (platform == TcbStatus::kRevoked || component == TcbStatus::kRevoked) {
    return TcbStatus::kRevoked;
  }
  if (component == TcbStatus::kUpToDate) {
    return platform;
  }
  // OutOfDate, and whatever else no component can be: never better than that.
  return names_configuration(platform) ? TcbStatus::kOutOfDateConfigurationNeeded
                                       : TcbStatus::kOutOfDate;
}

TcbStatus relaunch(TcbStatus launch, TcbStatus current) {
  // Intel's library lets the launch stand. But the module that runs now holds the TD's secrets, and
  // a host that could bring back a revoked one would go unnoticed.
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb.current_revoked", current != TcbStatus::kRevoked)) {
    return TcbStatus::kRevoked;
  }
  const bool launched_old =
      launch == TcbStatus::kOutOfDate || launch == TcbStatus::kOutOfDateConfigurationNeeded;
  const bool runs_new = current == TcbStatus::kUpToDate ||
                        current == TcbStatus::kSwHardeningNeeded ||
                        current == TcbStatus::kConfigurationNeeded ||
                        current == TcbStatus::kConfigurationAndSwHardeningNeeded;
  if (!launched_old || !runs_new) {
    return launch;
  }
  return names_configuration(launch) || names_configuration(current)
             ? TcbStatus::kTdRelaunchAdvisedConfigurationNeeded
             : TcbStatus::kTdRelaunchAdvised;
}

}  // namespace claustrum::evidence::dcap
