// SPDX-License-Identifier: Apache-2.0
// The one cursor over untrusted bytes. Failure is sticky: after the first fault every read gives
// zeros or an empty view, and finish() reports that first fault, so a fixed layout reads like the
// vendor's table. Look at ok() before branching, looping or allocating on a value just read.
#pragma once

#include <optional>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum {

class ByteReader {
 public:
  // `what` names the message in error texts; a literal.
  ByteReader(BytesView data, const char* what) : data_(data), what_(what) {}
  ByteReader(ByteReader&&) = default;
  ByteReader& operator=(ByteReader&&) = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  std::uint8_t u8();
  std::uint16_t u16le();
  std::uint16_t u16be();
  std::uint32_t u24be();
  std::uint32_t u32le();
  std::uint32_t u32be();
  std::uint64_t u64le();
  std::uint64_t u64be();
  // QUIC variable-length integer (RFC 9000 16); non-minimal forms are legal there.
  std::uint64_t varint();

  BytesView bytes(std::size_t count);
  template <std::size_t N>
  ByteArray<N> fixed() {
    ByteArray<N> out{};
    const BytesView view = bytes(N);
    for (std::size_t i = 0; i < view.size(); ++i) {
      out[i] = view[i];
    }
    return out;
  }
  // A part of this message, read with its own end.
  ByteReader sub(std::size_t count, const char* what);
  BytesView prefixed_u8(std::size_t max);
  BytesView prefixed_u16be(std::size_t max);
  BytesView prefixed_u32be(std::size_t max);
  BytesView prefixed_varint(std::size_t max);
  // Reserved ranges: anything but zeros is a fault.
  void zeros(std::size_t count);
  void expect(BytesView literal);
  BytesView rest();
  // The next byte without taking it; 0 at the end.
  std::uint8_t peek() const { return remaining() == 0 ? std::uint8_t{0} : data_[position_]; }
  void skip(std::size_t count) { (void)bytes(count); }

  bool ok() const { return !failed_; }
  bool done() const { return failed_ || position_ == data_.size(); }
  std::size_t position() const { return position_; }
  std::size_t remaining() const { return failed_ ? 0 : data_.size() - position_; }
  // Marks the message malformed for a reason of the caller's.
  void fail(std::string_view why);

  // The first fault, or trailing bytes, or success. Nothing read counts before this said ok.
  Status finish();
  // As finish(), but the rest is the caller's business.
  Status status() const;

 private:
  BytesView take(std::size_t count);  // the only place that moves position_
  std::uint64_t big_endian(std::size_t count);
  std::uint64_t little_endian(std::size_t count);

  BytesView data_;
  const char* what_;
  std::size_t position_ = 0;
  bool failed_ = false;
  std::string why_;
};

}  // namespace claustrum
