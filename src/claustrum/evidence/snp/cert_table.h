// SPDX-License-Identifier: Apache-2.0
// The certificate table of extended guest requests (configfs-tsm `auxblob`) [GHCB 56421, SNP
// Extended Guest Request]: 24-byte entries {GUID in text order, offset u32le, length u32le} up to
// an all-zero entry; offsets count from the start of the table. The host writes it: hints, never
// trust anchors. Guards against offset + length overflow and against two entries for one role.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"
#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence::snp {

inline constexpr std::size_t kMaxTableLen = 1 << 20;
inline constexpr std::size_t kMaxTableEntries = 32;

using Guid = ByteArray<16>;
extern const Guid kGuidArk;   // c0b406a4-a803-4952-9743-3fb6014cd0ae
extern const Guid kGuidAsk;   // 4ab7b379-bbac-4fe4-a02f-05aef327c782, also the ASVK's
extern const Guid kGuidVcek;  // 63da758d-e664-4564-adc5-f4b93be8accd
extern const Guid kGuidVlek;  // a8074bc2-a25a-483e-aae6-39c045a0b8a1
extern const Guid kGuidCrl;   // 92f81bc3-5811-4d3d-97ff-d19f88dc67ea

struct TableEntry {
  Guid guid{};
  Bytes data;  // certificate or CRL, DER or PEM
};

// An empty input is an empty table. Malformed "snp.table.layout", "snp.table.bounds",
// "snp.table.duplicate"; exhausted "snp.table.size".
Result<std::vector<TableEntry>> parse_cert_table(BytesView table);
Bytes encode_cert_table(const std::vector<TableEntry>& entries);

// Under the names of Collateral; entries of other GUIDs are left out. With a VLEK present the ASK
// entry is the ASVK.
Collateral collateral_of(const std::vector<TableEntry>& entries);

}  // namespace claustrum::evidence::snp
