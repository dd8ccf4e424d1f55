// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/sgx/checks.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::sgx {
namespace {

// INIT, DEBUG, MODE64BIT, PROVISION_KEY, EINITTOKEN_KEY, CET, KSS, AEXNOTIFY.
constexpr std::uint64_t kKnownFlags = 0x4f7;
constexpr std::uint64_t kLegacyState = 0x3;  // x87 and SSE

}  // namespace

Result<std::string> check_debug(const dcap::SgxReportBody& body) {
  if (!CLAUSTRUM_GUARD("evidence.sgx.debug", (body.flags() & dcap::kSgxDebug) == 0)) {
    return Error(Code::kMismatch, "sgx.debug.enabled",
                 "the host reads and writes a debug enclave's memory");
  }
  return std::string("off");
}

Result<std::string> check_attributes(const dcap::SgxReportBody& body) {
  if (!CLAUSTRUM_GUARD("evidence.sgx.attributes.init", (body.flags() & dcap::kSgxInit) != 0)) {
    return Error(Code::kMismatch, "sgx.attributes.init", "the enclave was never initialised");
  }
  if (!CLAUSTRUM_GUARD("evidence.sgx.attributes.reserved", (body.flags() & ~kKnownFlags) == 0)) {
    return Error(Code::kUnsupported, "sgx.attributes.reserved",
                 "an attribute we do not know: " + codec::hex_encode(body.attributes));
  }
  if (!CLAUSTRUM_GUARD("evidence.sgx.attributes.xfrm",
                       (body.xfrm() & kLegacyState) == kLegacyState)) {
    return Error(Code::kMismatch, "sgx.attributes.xfrm", "XFRM without x87 and SSE state");
  }
  return codec::hex_encode(body.attributes);
}

}  // namespace claustrum::evidence::sgx
