// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/reader.h"

namespace claustrum {

BytesView ByteReader::take(std::size_t count) {
  if (failed_) {
    return {};
  }
  if (count > data_.size() - position_) {
    fail("truncated");
    return {};
  }
  const BytesView out = data_.subspan(position_, count);
  position_ += count;
  return out;
}

void ByteReader::fail(std::string_view why) {
  if (failed_) {
    return;
  }
  failed_ = true;
  why_ = std::string(what_) + ": " + std::string(why) + " at byte " + std::to_string(position_);
}

std::uint64_t ByteReader::big_endian(std::size_t count) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : take(count)) {
    value = value << 8 | byte;
  }
  return value;
}

std::uint64_t ByteReader::little_endian(std::size_t count) {
  const BytesView view = take(count);
  std::uint64_t value = 0;
  for (std::size_t i = view.size(); i > 0; --i) {
    value = value << 8 | view[i - 1];
  }
  return value;
}

std::uint8_t ByteReader::u8() {
  return static_cast<std::uint8_t>(big_endian(1));
}
std::uint16_t ByteReader::u16le() {
  return static_cast<std::uint16_t>(little_endian(2));
}
std::uint16_t ByteReader::u16be() {
  return static_cast<std::uint16_t>(big_endian(2));
}
std::uint32_t ByteReader::u24be() {
  return static_cast<std::uint32_t>(big_endian(3));
}
std::uint32_t ByteReader::u32le() {
  return static_cast<std::uint32_t>(little_endian(4));
}
std::uint32_t ByteReader::u32be() {
  return static_cast<std::uint32_t>(big_endian(4));
}
std::uint64_t ByteReader::u64le() {
  return little_endian(8);
}
std::uint64_t ByteReader::u64be() {
  return big_endian(8);
}

std::uint64_t ByteReader::varint() {
  const std::uint8_t first = u8();
  const std::size_t more = (std::size_t{1} << (first >> 6)) - 1;
  const std::uint64_t low = big_endian(more);
  return failed_ ? 0 : std::uint64_t{first & 0x3fU} << (8 * more) | low;
}

BytesView ByteReader::bytes(std::size_t count) {
  return take(count);
}

ByteReader ByteReader::sub(std::size_t count, const char* what) {
  ByteReader out(take(count), what);
  if (failed_) {
    out.failed_ = true;
    out.why_ = why_;
  }
  return out;
}

namespace {

std::size_t checked_length(ByteReader& reader, std::uint64_t length, std::size_t max) {
  if (length > max) {
    reader.fail("length over its limit");
    return 0;
  }
  return static_cast<std::size_t>(length);
}

}  // namespace

BytesView ByteReader::prefixed_u8(std::size_t max) {
  return take(checked_length(*this, u8(), max));
}

BytesView ByteReader::prefixed_u16be(std::size_t max) {
  return take(checked_length(*this, u16be(), max));
}

BytesView ByteReader::prefixed_u32be(std::size_t max) {
  return take(checked_length(*this, u32be(), max));
}

BytesView ByteReader::prefixed_varint(std::size_t max) {
  return take(checked_length(*this, varint(), max));
}

void ByteReader::zeros(std::size_t count) {
  if (!all_zero(take(count))) {
    fail("reserved bytes are not zero");
  }
}

void ByteReader::expect(BytesView literal) {
  if (!equal(take(literal.size()), literal)) {
    fail("unexpected bytes");
  }
}

BytesView ByteReader::rest() {
  return take(remaining());
}

Status ByteReader::status() const {
  if (failed_) {
    return Error(Code::kMalformed, "bytes.malformed", why_);
  }
  return ok_status();
}

Status ByteReader::finish() {
  if (!failed_ && position_ != data_.size()) {
    fail("trailing bytes");
  }
  return status();
}

}  // namespace claustrum
