// SPDX-License-Identifier: Apache-2.0
// What evidence says once its signatures hold: one shape for all platforms [ARCHITECTURE 3A], with
// the vendor's own field names under `details`.
#pragma once

#include <map>
#include <optional>

#include "claustrum/base/bytes.h"
#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"

namespace claustrum::evidence {

// What the vendor's signed list says a platform's firmware is worth (Intel: TCB Info and QE
// identity). Absent where the vendor publishes no such list (AMD) or none was at hand.
struct TcbStanding {
  std::string status;  // the vendor's word: "UpToDate", "OutOfDate", ...
  Instant date;        // earliest of the parts: what was known then is fixed
  std::vector<std::string> advisories;
  std::int64_t evaluation_data_number = 0;  // the lowest of the documents used
};

struct Claims {
  std::string platform;                       // "amd-sev-snp"
  std::string product;                        // "Milan"
  bool simulated = false;                     // signed under a simulator's root: no protection
  Bytes root_spki_sha256;                     // the pinned root the evidence chains to
  std::map<std::string, Bytes> measurements;  // "measurement" -> 48 bytes
  Bytes report_data;                          // 64 bytes
  Bytes host_data;  // launch data slot as the platform has it (SNP: 32 bytes)
  bool debug = false;
  std::optional<bool> migration;  // may be moved by a migration agent (SNP MIGRATE_MA)
  std::optional<std::int64_t> privilege_level;  // SNP VMPL
  std::map<std::string, std::int64_t> tcb;      // component -> security version, of the signing TCB
  std::optional<TcbStanding> standing;
  Bytes hardware_id;     // chip id, empty when masked
  std::string provider;  // who vouches beside the chip vendor (VLEK csp id), empty when nobody
  codec::Json details;   // vendor's names; bytes as full-length lower-case hex
};

}  // namespace claustrum::evidence
