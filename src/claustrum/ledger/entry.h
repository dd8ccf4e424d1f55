// SPDX-License-Identifier: Apache-2.0
// Ledger entries [docs/formats/ledger.md]: what was recorded, by digest; never the thing itself.
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::ledger {

inline constexpr std::size_t kMaxEntryLen = 65'535;
inline constexpr std::size_t kMaxEntryTypeLen = 64;

struct Entry {
  std::string
      type;  // of a-z0-9-: "software", "policy", "profile", "manifest", "release-grant", ...
  crypto::Sha256Digest digest{};
  Instant time;
  codec::Json detail = codec::Json::object();  // strings and integers
};

// JCS bytes. Whoever records keeps them within kMaxEntryLen: a longer entry is one nobody can read.
std::string serialize_entry(const Entry& entry);
// Canonical form only: malformed "entry.*"; another version is unsupported "entry.version".
Result<Entry> parse_entry(BytesView json);

}  // namespace claustrum::ledger
