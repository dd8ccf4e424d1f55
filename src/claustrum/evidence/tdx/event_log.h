// SPDX-License-Identifier: Apache-2.0
// Factor "event-log" and the claims behind it: a log that came with the evidence, replayed to all
// four RTMRs of the signed quote [UEFI 2.10, 38.4.1; Intel TDX Virtual Firmware design guide]. A
// log that does not lead to every one of them explains nothing and claims nothing.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/evidence/dcap/report_body.h"
#include "claustrum/evidence/tcg/boot_claims.h"

namespace claustrum::evidence::tdx {

inline constexpr std::string_view kEventLogFactor = "event-log";

// Collateral: the log in the firmware's format (CCEL), dstack's or the attestation agent's; and an
// agent's own log to be replayed behind it.
inline constexpr std::string_view kEventLog = "event_log";
inline constexpr std::string_view kCcel = "ccel";  // the same by its ACPI table's name; not both
inline constexpr std::string_view kAgentEventLog = "aa_event_log";

// Adds the factor; the claims for `details`, null without a log that matches. `td` is authentic.
// Reasons: "tdx.event_log.register", "tdx.event_log.twice", and those of evidence/tcg.
codec::Json judge_event_log(const Collateral& collateral, const dcap::TdReportBody& td,
                            Factors& factors);

}  // namespace claustrum::evidence::tdx
