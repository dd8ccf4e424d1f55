// SPDX-License-Identifier: Apache-2.0
// Small firmware images in OVMF's form, one point of which a test makes wrong.
#pragma once

#include "claustrum/evidence/snp_launch/ovmf.h"

namespace claustrum::evidence::snp_launch {

struct ImageEntry {
  std::string guid;  // 32 hex digits, as stored
  Bytes data;
};

inline constexpr const char* kMetadataGuid = "666588dc4a989847a75e5585a7bf67cc";
inline constexpr const char* kResetGuid = "de71f7007e1acb4f890e68c77e2fb44e";
inline constexpr const char* kHashesGuid = "1f3755723b3a044b927b1da6efa8d454";

Bytes word(std::uint32_t value);

struct TestImage {
  TestImage();
  // Two pages; the metadata 0x800 bytes before the end.
  Bytes build() const;
  Bytes metadata() const;

  std::string magic = "ASEV";
  std::uint32_t version = 1;
  std::optional<std::uint32_t> metadata_size;  // else what fits
  std::optional<std::uint32_t> count;
  std::vector<std::array<std::uint32_t, 3>> sections;  // GPA, length, kind
  std::vector<ImageEntry> entries;                     // from the footer downwards
  std::optional<std::uint16_t> table_size;             // else what fits
  std::string footer = "de82b596b21ff745baeaa366c55a082d";
};

}  // namespace claustrum::evidence::snp_launch
