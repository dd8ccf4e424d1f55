// SPDX-License-Identifier: Apache-2.0
// init-data: everything about a workload that its measurement does not say, bound by the hardware's
// launch slot [docs/formats/init-data.md, PROTOCOL 1]. Parsed as strictly as the digest is exact:
// a configuration member nobody knows is one nobody judged.
#pragma once

#include <map>

#include "claustrum/codec/json.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::policy {

inline constexpr std::size_t kMaxInitDataLen = 64 << 10;

// Unverified until its digest was compared with a launch slot (check_launch_digest).
struct InitData {
  Bytes raw;                                             // as delivered; this is what is hashed
  std::string algorithm;                                 // "sha256", "sha384" or "sha512"
  std::map<std::string, std::string, std::less<>> data;  // [data] as delivered
  codec::Json launch;  // claustrum.toml; null when [data] has none (guests of other makers)

  Bytes digest() const;  // `algorithm` over raw
};

Result<InitData> parse_init_data(BytesView toml);

// Every leaf by its dotted name ("engine.arguments": arrays are leaves), then "data:<key>" for the
// other keys of [data]. Two leaves of one name: malformed "init_data.ambiguous".
Result<std::map<std::string, codec::Json, std::less<>>> init_data_leaves(const InitData& init_data);

// The digest must fill the slot exactly (mismatch "init_data.slot": nothing is cut or padded to
// fit) and be equal to it (mismatch "init_data.digest").
Status check_launch_digest(const InitData& init_data, BytesView slot);

}  // namespace claustrum::policy
