// SPDX-License-Identifier: Apache-2.0
// Questions put to the signed TD report body [Intel TDX module ABI specification, TD_PARAMS,
// ATTRIBUTES and XFAM]. They judge claims; authenticity is dcap's.
#pragma once

#include "claustrum/evidence/dcap/report_body.h"

namespace claustrum::evidence::tdx {

// Bits 0..7 put the TD under somebody's debugging or profiling: "tdx.debug.enabled",
// "tdx.debug.profiling".
Result<std::string> check_debug(const dcap::TdReportBody& body);
// "tdx.attributes.reserved", ".sept_ve_disable", ".xfam".
Result<std::string> check_attributes(const dcap::TdReportBody& body);

}  // namespace claustrum::evidence::tdx
