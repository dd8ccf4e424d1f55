// SPDX-License-Identifier: Apache-2.0
#include "claustrum/verify/verifiers.h"

#include "claustrum/base/reader.h"
#include "claustrum/evidence/nitro/verify.h"
#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/snp/format.h"
#include "claustrum/evidence/snp/verify.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::verify {

const document::Verifiers& verifiers() {
  static const document::Verifiers all = {
      {"amd-sev-snp", evidence::snp::verify},        {"aws-nitro", evidence::nitro::verify},
      {"aws-nitrotpm", evidence::nitro::verify_tpm}, {"intel-sgx", evidence::sgx::verify},
      {"intel-tdx", evidence::tdx::verify},
  };
  return all;
}

Result<document::Verifiers::const_iterator> find_verifier(std::string_view platform) {
  const auto found = verifiers().find(platform);
  if (found == verifiers().end()) {
    return Error(Code::kUnsupported, "verify.platform", "no verifier for this platform yet");
  }
  return found;
}

std::string detect_platform(BytesView evidence) {
  constexpr std::uint32_t kTdx = 0x81;
  ByteReader reader(evidence, "evidence");
  const std::uint16_t version = reader.u16le();
  reader.skip(2);
  const std::uint32_t tee = reader.u32le();
  // A report is known by its length; an ioctl's answer begins with status 0 and that length.
  const bool answer = evidence.size() > evidence::snp::kReportLen && version == 0 &&
                      tee == evidence::snp::kReportLen;
  if (evidence.size() == evidence::snp::kReportLen || answer) {
    return "amd-sev-snp";
  }
  if (!reader.ok() || version < 3 || version > 5) {
    return std::string(evidence::nitro::platform_of(evidence));
  }
  return tee == 0 ? "intel-sgx" : tee == kTdx ? "intel-tdx" : "";
}

}  // namespace claustrum::verify
