// SPDX-License-Identifier: Apache-2.0
// Hand-made event logs for the tests of this folder.
#pragma once

#include <optional>

#include "claustrum/evidence/tcg/replay.h"

namespace claustrum::evidence::tcg {

// SHA-256 and SHA-384 banks, no events.
EventLog empty_log();
// An event whose digests are of `measured`, by default of `data`.
void add_event(EventLog& log, std::uint32_t index, std::uint32_t type, BytesView data,
               const std::optional<Bytes>& measured = std::nullopt);
Bytes ucs2(std::string_view text);
// UEFI_VARIABLE_DATA under the global GUID.
Bytes variable_data(std::string_view name, BytesView value);
// A TD's boot: SecureBoot, a separator, a loader's image and command line on RTMR 0..2.
EventLog td_log();
// The same on PCRs 7, 4 and 8.
EventLog tpm_log();
// What extending zeros with these measured strings gives.
Bytes extended(crypto::HashAlg alg, std::initializer_list<BytesView> measured);

}  // namespace claustrum::evidence::tcg
