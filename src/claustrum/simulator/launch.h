// SPDX-License-Identifier: Apache-2.0
// The SEV-SNP launch digest [SEV-SNP firmware ABI 56860, PAGE_INFO]: a chain of SHA-384 over one
// 112-byte record a page. Applied to a workload's bytes it gives a value of AMD's form; it is the
// launch digest of no real guest [docs/decisions/0005].
//
// PAGE_INFO: 0x00 digest so far 48 | 0x30 SHA-384 of the page 48 | 0x60 length u16 = 0x70
//            0x62 page type | 0x63 is_imi | 0x64 VMPL3, 2, 1 permissions | 0x67 0 | 0x68 GPA u64
#pragma once

#include "claustrum/base/bytes.h"

namespace claustrum::simulator {

inline constexpr std::size_t kPageLen = 4096;

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
  const ByteArray<48>& value() const { return value_; }

 private:
  ByteArray<48> value_{};
};

// The workload's bytes as normal pages from address 0; the last page is filled up with zeros.
ByteArray<48> measure_workload(BytesView file);

}  // namespace claustrum::simulator
