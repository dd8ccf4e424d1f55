// SPDX-License-Identifier: Apache-2.0
// The SEV-SNP launch digest [SEV-SNP firmware ABI 56860, 8.17.2, PAGE_INFO]: a chain of SHA-384
// over one 112-byte record a page, so that neither contents, order, address nor kind of a page can
// be changed without changing the value.
//
// PAGE_INFO: 0x00 digest so far 48 | 0x30 SHA-384 of the page 48 | 0x60 length u16 = 0x70
//            0x62 page type | 0x63 is_imi | 0x64 VMPL3, 2, 1 permissions | 0x67 0 | 0x68 GPA u64
#pragma once

#include "claustrum/base/bytes.h"

namespace claustrum::evidence::snp_launch {

inline constexpr std::size_t kPageLen = 4096;
// Where every VMSA is measured: all ones, cut to 48 bits and to a page.
inline constexpr std::uint64_t kVmsaGpa = 0xFFFFFFFFF000;

// Values of page_type.
enum class PageType : std::uint8_t {
  kNormal = 1,
  kVmsa = 2,
  kZero = 3,
  kUnmeasured = 4,
  kSecrets = 5,
  kCpuid = 6
};

class LaunchDigest {
 public:
  // Contents of exactly 4096 bytes for kNormal and kVmsa; empty for the others.
  LaunchDigest& add_page(PageType type, BytesView contents, std::uint64_t gpa);
  // Whole pages of contents from `gpa` on.
  LaunchDigest& add_pages(PageType type, BytesView contents, std::uint64_t gpa);
  // Pages without contents: `len` bytes, whole pages, from `gpa` on.
  LaunchDigest& add_empty_pages(PageType type, std::uint64_t len, std::uint64_t gpa);
  const ByteArray<48>& value() const { return value_; }

 private:
  ByteArray<48> value_{};
};

}  // namespace claustrum::evidence::snp_launch
