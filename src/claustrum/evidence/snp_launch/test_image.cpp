// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/test_image.h"

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::evidence::snp_launch {
namespace {

constexpr std::uint32_t kMetadataFromEnd = 0x800;

Bytes header(std::size_t size, const std::string& guid) {
  ByteWriter w;
  w.u16le(static_cast<std::uint16_t>(size)).bytes(codec::hex_decode(guid).value());
  return std::move(w).take();
}

void place(Bytes& image, std::size_t from_end, const Bytes& data) {
  std::ranges::copy(data, image.end() - static_cast<std::ptrdiff_t>(from_end));
}

}  // namespace

Bytes word(std::uint32_t value) {
  ByteWriter w;
  w.u32le(value);
  return std::move(w).take();
}

TestImage::TestImage()
    : sections({{0x800000, 0x9000, 1},
                {0x80A000, 0x3000, 1},
                {0x80D000, 0x1000, 2},
                {0x80E000, 0x1000, 3},
                {0x80F000, 0x1000, 4},
                {0x810000, 0x1000, 0x10},
                {0x811000, 0xF000, 1}}),
      entries({{kResetGuid, word(0x0080B004)},
               {kHashesGuid, concat({word(0x00810C00), word(0x400)})},
               {kMetadataGuid, word(kMetadataFromEnd)}}) {}

Bytes TestImage::metadata() const {
  ByteWriter w;
  const auto fits = static_cast<std::uint32_t>(16 + 12 * sections.size());
  w.text(magic).u32le(metadata_size.value_or(fits)).u32le(version);
  w.u32le(count.value_or(static_cast<std::uint32_t>(sections.size())));
  for (const auto& section : sections) {
    w.u32le(section[0]).u32le(section[1]).u32le(section[2]);
  }
  return std::move(w).take();
}

Bytes TestImage::build() const {
  Bytes image(2 * kPageLen);
  for (std::size_t i = 0; i < kPageLen; ++i) {
    image[i] = static_cast<std::uint8_t>(i * 7);
  }
  place(image, kMetadataFromEnd, metadata());
  Bytes table;  // built from its low end
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    append(table, entry->data);
    append(table, header(entry->data.size() + 18, entry->guid));
  }
  append(table, header(table_size.value_or(static_cast<std::uint16_t>(table.size() + 18)), footer));
  place(image, 32 + table.size(), table);
  return image;
}

}  // namespace claustrum::evidence::snp_launch
