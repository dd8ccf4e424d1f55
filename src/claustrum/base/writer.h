// SPDX-License-Identifier: Apache-2.0
// The mirror of ByteReader: names state width and order.
#pragma once

#include "claustrum/base/bytes.h"

namespace claustrum {

class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value);
  ByteWriter& u16le(std::uint16_t value);
  ByteWriter& u16be(std::uint16_t value);
  ByteWriter& u32le(std::uint32_t value);
  ByteWriter& u32be(std::uint32_t value);
  ByteWriter& u64le(std::uint64_t value);
  ByteWriter& u64be(std::uint64_t value);
  // Shortest QUIC variable-length integer; value < 2^62.
  ByteWriter& varint(std::uint64_t value);
  ByteWriter& bytes(BytesView data);
  ByteWriter& text(std::string_view data) { return bytes(as_bytes(data)); }
  ByteWriter& zeros(std::size_t count);
  // varint length, then the bytes.
  ByteWriter& prefixed_varint(BytesView data);

  std::size_t size() const { return data_.size(); }
  const Bytes& view() const { return data_; }
  Bytes take() && { return std::move(data_); }

 private:
  ByteWriter& big_endian(std::uint64_t value, std::size_t count);
  ByteWriter& little_endian(std::uint64_t value, std::size_t count);
  Bytes data_;
};

}  // namespace claustrum
