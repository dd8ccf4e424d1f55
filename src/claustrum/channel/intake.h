// SPDX-License-Identifier: Apache-2.0
// Bytes that have arrived and were not consumed yet: what an incremental reader of length-prefixed
// elements stands on. Nothing is allocated for a length, only for bytes that are there.
#pragma once

#include <optional>

#include "claustrum/base/bytes.h"

namespace claustrum::channel {

class Intake {
 public:
  void push(BytesView bytes) { append(bytes_, bytes); }
  BytesView view() const { return BytesView(bytes_).subspan(at_); }
  std::size_t size() const { return bytes_.size() - at_; }
  bool empty() const { return size() == 0; }
  // Consumes; count <= size().
  void drop(std::size_t count);
  // All bytes ever dropped.
  std::uint64_t consumed() const { return consumed_; }

  // The QUIC integer that starts at view()[offset], with offset moved behind it; nullopt while it
  // is not whole. Non-minimal forms are legal [RFC 9000 16, RFC 9292 3].
  std::optional<std::uint64_t> varint(std::size_t& offset) const;

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  std::uint64_t consumed_ = 0;
};

}  // namespace claustrum::channel
