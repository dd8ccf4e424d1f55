// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports as stock guests send them: the JSON of a Rust struct (crate `sev`,
// AttestationReport) whose fields changed between versions of that crate. The signature is over the
// hardware's 1184 bytes, so those are made again, byte for byte; a field that is missing, unknown
// or out of range is refused, because a guessed byte could only ever be one the signature does not
// hold for.
//
// Forms seen, by crate version:
//   3 to 5      the raw layout: reserved ranges are members, TCB without fmc
//   6.0 to 6.2  key_info, cpuid_*, current {major, minor, build}; TCB with fmc (null: not Turin)
//   6.3 to 8    as before, and launch_mit_vector, current_mit_vector
#pragma once

#include "claustrum/codec/json.h"

namespace claustrum::kbs {

// The raw report, unverified. Malformed "kbs.snp_serde"; the text names the member.
Result<Bytes> snp_report_from_serde(const codec::Json& report);

}  // namespace claustrum::kbs
