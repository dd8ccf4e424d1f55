// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/writer.h"

namespace claustrum {

ByteWriter& ByteWriter::big_endian(std::uint64_t value, std::size_t count) {
  for (std::size_t i = count; i > 0; --i) {
    data_.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  }
  return *this;
}

ByteWriter& ByteWriter::little_endian(std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    data_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return *this;
}

ByteWriter& ByteWriter::u8(std::uint8_t value) {
  return big_endian(value, 1);
}
ByteWriter& ByteWriter::u16le(std::uint16_t value) {
  return little_endian(value, 2);
}
ByteWriter& ByteWriter::u16be(std::uint16_t value) {
  return big_endian(value, 2);
}
ByteWriter& ByteWriter::u32le(std::uint32_t value) {
  return little_endian(value, 4);
}
ByteWriter& ByteWriter::u32be(std::uint32_t value) {
  return big_endian(value, 4);
}
ByteWriter& ByteWriter::u64le(std::uint64_t value) {
  return little_endian(value, 8);
}
ByteWriter& ByteWriter::u64be(std::uint64_t value) {
  return big_endian(value, 8);
}

ByteWriter& ByteWriter::varint(std::uint64_t value) {
  CLAUSTRUM_CHECK(value < (std::uint64_t{1} << 62));
  if (value < (1U << 6)) {
    return big_endian(value, 1);
  }
  if (value < (1U << 14)) {
    return big_endian(value | std::uint64_t{1} << 14, 2);
  }
  if (value < (1U << 30)) {
    return big_endian(value | std::uint64_t{2} << 30, 4);
  }
  return big_endian(value | std::uint64_t{3} << 62, 8);
}

ByteWriter& ByteWriter::bytes(BytesView data) {
  append(data_, data);
  return *this;
}

ByteWriter& ByteWriter::zeros(std::size_t count) {
  data_.resize(data_.size() + count);
  return *this;
}

ByteWriter& ByteWriter::prefixed_varint(BytesView data) {
  return varint(data.size()).bytes(data);
}

}  // namespace claustrum
