// SPDX-License-Identifier: Apache-2.0
// Which TCB level a platform is at, and what that is worth: Intel's matching and convergence rules
// [Intel PCS API, "TCB level matching"; Intel QVL, TCB info and enclave identity verifiers]. Pure
// functions of parsed, already authenticated documents. Independent verifiers go wrong exactly
// here: module status dropped or alone, components 0 and 1 compared though the module is versioned,
// the worse of two statuses taken by a severity number.
#pragma once

#include "claustrum/evidence/dcap/report_body.h"
#include "claustrum/evidence/dcap/tcb_info.h"

namespace claustrum::evidence::dcap {

// Where a platform stands, from the PCK certificate (never from a quote's raw CPUSVN).
struct PlatformTcb {
  Components components{};
  std::uint16_t pce_svn = 0;
};

// One evaluation: platform, module (TDX with a versioned module) and QE.
struct TcbResult {
  TcbStatus status = TcbStatus::kRevoked;  // converged
  TcbStatus platform = TcbStatus::kRevoked;
  std::optional<TcbStatus> module;
  TcbStatus qe = TcbStatus::kRevoked;
  std::string module_id;  // "TDX_01"; empty without a versioned module
  Instant platform_date;
  std::optional<Instant> module_date;
  Instant qe_date;
  Instant date;                         // the earliest of the three
  std::vector<std::string> advisories;  // union, sorted
  std::optional<TcbStatus> launch;      // TD 1.5: the two evaluations behind `status`
  std::optional<TcbStatus> current;
};

// Is this TCB Info the platform's: FMSPC and PCE id of the PCK certificate. Mismatch
// "dcap.tcb_info.fmspc", "dcap.tcb_info.pce_id". Without it an attacker brings another platform's
// list.
Status check_tcb_info(const TcbInfo& info, const ByteArray<6>& fmspc, const ByteArray<2>& pce_id);
// Do identity and QE report fit: MISCSELECT, ATTRIBUTES under their masks, MRSIGNER, ISVPRODID, no
// DEBUG. Mismatch "dcap.qe.misc_select", ".attributes", ".mr_signer", ".prod_id", ".debug".
Status check_qe_identity(const QeIdentity& identity, const SgxReportBody& qe_report);
// First level with ISVSVN >= isvsvn; nullptr when there is none.
const SvnLevel* match_svn(const std::vector<SvnLevel>& levels, std::uint16_t isv_svn);

// The module entry that TEE_TCB_SVN names, against MRSIGNERSEAM and SEAMATTRIBUTES. Mismatch
// "dcap.module.mr_signer", "dcap.module.attributes", "dcap.module.attributes_zero"; not_found
// "dcap.module.unknown". nullptr: the module of TDX 1.0, which has no level of its own.
Result<const TdxModuleIdentity*> check_tdx_module(const TcbInfo& info, const TdReportBody& td,
                                                  const ByteArray<16>& tee_tcb_svn);

// The whole evaluation; `td` is nullptr for SGX. Includes check_qe_identity and check_tdx_module
// with their faults, so that a status cannot be had without them; check_tcb_info is the caller's.
// Mismatch "dcap.tcb_info.tee", "dcap.qe.id" (documents of the other TEE). not_found
// "dcap.tcb.no_level" (TCB not supported: a hard failure, not OutOfDate), "dcap.module.no_level",
// "dcap.qe.no_level". A status of Revoked is a result, not an error. With a TD 1.5 body the parts,
// dates and advisories are those of the launch evaluation.
Result<TcbResult> evaluate_tcb(const TcbInfo& info, const QeIdentity& identity,
                               const PlatformTcb& platform, const SgxReportBody& qe_report,
                               const TdReportBody* td);

// Intel's table; a Revoked part revokes.
TcbStatus converge(TcbStatus platform, TcbStatus component);
// TD 1.5: launch evaluation against the one of the module that runs now. Intel's table, but for a
// module that runs now and is revoked: Revoked.
TcbStatus relaunch(TcbStatus launch, TcbStatus current);

}  // namespace claustrum::evidence::dcap
