// SPDX-License-Identifier: Apache-2.0
// Questions put to the signed SGX report body [Intel SDM volume 3D, 38.7 and 39.16]. They judge
// claims; authenticity is dcap's.
#pragma once

#include "claustrum/evidence/dcap/report_body.h"

namespace claustrum::evidence::sgx {

// "sgx.debug.enabled".
Result<std::string> check_debug(const dcap::SgxReportBody& body);
// INIT set, no attribute we do not know, x87 and SSE state on: "sgx.attributes.init", ".reserved",
// ".xfrm".
Result<std::string> check_attributes(const dcap::SgxReportBody& body);

}  // namespace claustrum::evidence::sgx
