// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/launch.h"

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::simulator {
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

ByteArray<48> measure_workload(BytesView file) {
  LaunchDigest out;
  for (std::uint64_t gpa = 0; !file.empty(); gpa += kPageLen) {
    const BytesView part = file.first(std::min(file.size(), kPageLen));
    Bytes page = to_bytes(part);
    page.resize(kPageLen);
    out.add_page(PageType::kNormal, page, gpa);
    file = file.subspan(part.size());
  }
  return out.value();
}

}  // namespace claustrum::simulator
