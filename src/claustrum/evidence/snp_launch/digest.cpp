// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/digest.h"

#include "claustrum/base/writer.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence::snp_launch {
namespace {

constexpr std::size_t kPageInfoLen = 0x70;

}  // namespace

LaunchDigest& LaunchDigest::add_page(PageType type, BytesView contents, std::uint64_t gpa) {
  const bool has_contents = type == PageType::kNormal || type == PageType::kVmsa;
  CLAUSTRUM_CHECK(contents.size() == (has_contents ? kPageLen : 0));
  const ByteArray<48> digest = has_contents ? crypto::sha384(contents) : ByteArray<48>{};
  ByteWriter info;
  info.bytes(value_).bytes(digest).u16le(kPageInfoLen).u8(static_cast<std::uint8_t>(type)).u8(0);
  info.zeros(4).u64le(gpa);
  CLAUSTRUM_CHECK(info.size() == kPageInfoLen);
  value_ = crypto::sha384(info.view());
  return *this;
}

LaunchDigest& LaunchDigest::add_pages(PageType type, BytesView contents, std::uint64_t gpa) {
  CLAUSTRUM_CHECK(contents.size() % kPageLen == 0);
  for (std::size_t at = 0; at < contents.size(); at += kPageLen) {
    add_page(type, contents.subspan(at, kPageLen), gpa + at);
  }
  return *this;
}

LaunchDigest& LaunchDigest::add_empty_pages(PageType type, std::uint64_t len, std::uint64_t gpa) {
  CLAUSTRUM_CHECK(len % kPageLen == 0);
  for (std::uint64_t at = 0; at < len; at += kPageLen) {
    add_page(type, {}, gpa + at);
  }
  return *this;
}

}  // namespace claustrum::evidence::snp_launch
