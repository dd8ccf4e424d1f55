// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tdx/checks.h"

#include "claustrum/base/guard.h"

namespace claustrum::evidence::tdx {
namespace {

constexpr std::uint64_t bit(unsigned at) {
  return std::uint64_t{1} << at;
}

// DEBUG and the profiling group, ICSSD, SERVTD_EXT, LASS, SEPT_VE_DISABLE, MIGRATABLE, PKS, KL,
// TPA, PERFMON. MIGRATABLE is judged through the claim "migration".
constexpr std::uint64_t kKnown = bit(0) | bit(4) | bit(5) | bit(6) | bit(16) | bit(17) | bit(27) |
                                 dcap::kTdSeptVeDisable | dcap::kTdMigratable | bit(30) | bit(31) |
                                 bit(62) | bit(63);
constexpr std::uint64_t kXfamFixed1 = 0x3;  // x87 and SSE
constexpr std::uint64_t kXfamAllowed = 0x0006dbe7;

}  // namespace

Result<std::string> check_debug(const dcap::TdReportBody& body) {
  if (!CLAUSTRUM_GUARD("evidence.tdx.debug", (body.td_attributes & dcap::kTdDebug) == 0)) {
    return Error(Code::kMismatch, "tdx.debug.enabled", "the host reads and writes the TD's memory");
  }
  const std::uint64_t others = body.td_attributes & dcap::kTdUntrustedMask & ~dcap::kTdDebug;
  if (!CLAUSTRUM_GUARD("evidence.tdx.debug.profiling", others == 0)) {
    return Error(Code::kMismatch, "tdx.debug.profiling", "the host profiles the TD");
  }
  return std::string("off");
}

Result<std::string> check_attributes(const dcap::TdReportBody& body) {
  // Bits of the debug group are judged by check_debug, the unknown ones of it too.
  const std::uint64_t judged = body.td_attributes & ~dcap::kTdUntrustedMask;
  if (!CLAUSTRUM_GUARD("evidence.tdx.attributes.reserved", (judged & ~kKnown) == 0)) {
    return Error(Code::kUnsupported, "tdx.attributes.reserved", "a TD attribute we do not know");
  }
  // Else the host injects #VE at instructions of its choosing.
  if (!CLAUSTRUM_GUARD("evidence.tdx.attributes.sept_ve_disable",
                       (body.td_attributes & dcap::kTdSeptVeDisable) != 0)) {
    return Error(Code::kMismatch, "tdx.attributes.sept_ve_disable", "SEPT_VE_DISABLE is off");
  }
  const bool xfam = (body.xfam & kXfamFixed1) == kXfamFixed1 && (body.xfam & ~kXfamAllowed) == 0;
  if (!CLAUSTRUM_GUARD("evidence.tdx.attributes.xfam", xfam)) {
    return Error(Code::kMismatch, "tdx.attributes.xfam", "XFAM is not one the TDX module allows");
  }
  return std::string((body.td_attributes & dcap::kTdMigratable) != 0
                         ? "SEPT_VE_DISABLE on; migratable"
                         : "SEPT_VE_DISABLE on");
}

}  // namespace claustrum::evidence::tdx
