// SPDX-License-Identifier: Apache-2.0
// Claims of a report under AMD's field names. Bytes are full-length lower-case hex, versions and
// ids verbatim [ARCHITECTURE 6]; unknown PLATFORM_INFO bits stay visible in `raw`.
#pragma once

#include "claustrum/evidence/core/claims.h"
#include "claustrum/evidence/snp/format.h"
#include "claustrum/evidence/snp/vek.h"

namespace claustrum::evidence::snp {

// "0x30000"
std::string hex_number(std::uint64_t value);

// Works on unverified reports too: whoever calls decides what the claims are worth.
codec::Json report_details(const Report& report, TcbLayout layout);

// Levels of the TCB whose key signed the report, by component.
std::map<std::string, std::int64_t> tcb_levels(const Report& report, TcbLayout layout);

// `product` is the certificate chain's, empty when there is none; `extensions` may be nullptr.
Claims make_claims(const Report& report, std::string_view product, const VekExtensions* extensions);

}  // namespace claustrum::evidence::snp
