// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/intake.h"

#include "claustrum/base/reader.h"

namespace claustrum::channel {
namespace {

constexpr std::size_t kCompactAt = 64 * 1024;

}  // namespace

void Intake::drop(std::size_t count) {
  CLAUSTRUM_CHECK(count <= size());
  at_ += count;
  consumed_ += count;
  if (at_ == bytes_.size()) {
    bytes_.clear();
    at_ = 0;
  } else if (at_ >= kCompactAt) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
}

std::optional<std::uint64_t> Intake::varint(std::size_t& offset) const {
  if (offset >= size()) {
    return std::nullopt;
  }
  const BytesView rest = view().subspan(offset);
  const std::size_t length = std::size_t{1} << (rest[0] >> 6);
  if (rest.size() < length) {
    return std::nullopt;
  }
  ByteReader in(rest.first(length), "varint");
  const std::uint64_t value = in.varint();
  CLAUSTRUM_CHECK(in.finish().ok());
  offset += length;
  return value;
}

}  // namespace claustrum::channel
