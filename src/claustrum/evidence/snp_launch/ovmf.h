// SPDX-License-Identifier: Apache-2.0
// What a guest firmware image (OVMF) says about its own launch [edk2, OvmfPkg/ResetVector]: a table
// of GUIDs read from the end of the image names the SEV metadata (which memory the VMM prepares, in
// which order and how), where other vCPUs start, and where the hashes of a kernel go. Images are
// outside input: every size and address is bounded, so that a hostile image can neither be read
// beyond its end nor make us hash for hours.
//
// Seen from the image's end: 32 bytes, then the table, growing downwards. Each entry is
// {data, size u16 (of the whole entry), GUID 16, mixed-endian}; the first is the table's footer and
// its size is the whole table's.
#pragma once

#include <optional>
#include <vector>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence::snp_launch {

inline constexpr std::size_t kMaxFirmware = std::size_t{64} << 20;
inline constexpr std::size_t kMaxSections = 64;
inline constexpr std::uint64_t kMaxSectionBytes = std::uint64_t{64} << 20;  // of all sections
inline constexpr std::uint64_t kFourGib = std::uint64_t{1} << 32;

// Values of the section kind in SEV metadata.
enum class SectionKind : std::uint32_t {
  kSecureMemory = 1,
  kSecrets = 2,
  kCpuid = 3,
  kSvsmCaa = 4,  // calling area of an SVSM
  kKernelHashes = 0x10
};
std::string_view to_string(SectionKind kind);

struct Section {
  std::uint32_t gpa = 0;
  std::uint32_t len = 0;
  SectionKind kind = SectionKind::kSecureMemory;
};

// Unverified: shape only. Views the image.
struct OvmfView {
  BytesView image;
  std::vector<Section> sections;            // in the order they are measured
  std::optional<std::uint32_t> reset_eip;   // where vCPUs but the first start
  std::optional<std::uint32_t> hashes_gpa;  // where the kernel-hashes table lies
  std::uint64_t gpa() const { return kFourGib - image.size(); }
  const Section* find(SectionKind kind) const;
};

// Malformed "ovmf.size" (whole pages, at most 64 MiB), "ovmf.table" (no GUID table, entries that do
// not fit, a GUID twice), "ovmf.metadata" (header, count, a section that is no whole pages below
// 4 GiB, or too many bytes of them); unsupported "ovmf.no_snp" (no SEV metadata: this build cannot
// start SEV-SNP guests), "ovmf.version", "ovmf.section".
Result<OvmfView> parse_ovmf(BytesView image);

}  // namespace claustrum::evidence::snp_launch
