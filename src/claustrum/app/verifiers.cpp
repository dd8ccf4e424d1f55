// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/verifiers.h"

#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/snp/verify.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::app {

const document::Verifiers& verifiers() {
  static const document::Verifiers all = {
      {"amd-sev-snp",
       [](const evidence::VerifyInput& input) { return evidence::snp::verify(input); }},
      {"intel-sgx",
       [](const evidence::VerifyInput& input) { return evidence::sgx::verify(input); }},
      {"intel-tdx",
       [](const evidence::VerifyInput& input) { return evidence::tdx::verify(input); }},
  };
  return all;
}

}  // namespace claustrum::app
