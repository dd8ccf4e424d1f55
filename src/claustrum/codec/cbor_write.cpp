// SPDX-License-Identifier: Apache-2.0
// Core deterministic encoding (RFC 8949 4.2.1): one spelling a value, so that digests and
// signatures over it agree.
#include <algorithm>
#include <bit>
#include <cmath>

#include "claustrum/codec/cbor.h"

namespace claustrum::codec {

namespace {

void head(ByteWriter& out, unsigned major, std::uint64_t argument) {
  const auto top = static_cast<std::uint8_t>(major << 5);
  if (argument < 24) {
    out.u8(static_cast<std::uint8_t>(top | argument));
  } else if (argument <= 0xff) {
    out.u8(top | 24).u8(static_cast<std::uint8_t>(argument));
  } else if (argument <= 0xffff) {
    out.u8(top | 25).u16be(static_cast<std::uint16_t>(argument));
  } else if (argument <= 0xffffffff) {
    out.u8(top | 26).u32be(static_cast<std::uint32_t>(argument));
  } else {
    out.u8(top | 27).u64be(argument);
  }
}

// The half-precision bits of `value`, if it fits exactly (RFC 8949 4.2.1, shortest floats).
std::optional<std::uint16_t> exact_half(double value) {
  const auto single = static_cast<float>(value);
  if (static_cast<double>(single) != value) {
    return std::nullopt;
  }
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(single);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const int exponent = static_cast<int>(bits >> 23 & 0xff);
  const std::uint32_t mantissa = bits & 0x7fffff;
  if (exponent == 0 && mantissa == 0) {
    return sign;
  }
  if (exponent == 0xff) {
    return static_cast<std::uint16_t>(sign | 0x7c00);
  }
  const int unbiased = exponent - 127;
  if (unbiased >= -14 && unbiased <= 15 && (mantissa & 0x1fff) == 0) {
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(unbiased + 15) << 10 |
                                      mantissa >> 13);
  }
  if (unbiased >= -24 && unbiased < -14) {
    const std::uint32_t full = mantissa | 0x800000;
    const int shift = -unbiased - 1;  // 14..23
    if ((full & ((1U << shift) - 1)) == 0) {
      return static_cast<std::uint16_t>(sign | full >> shift);
    }
  }
  return std::nullopt;
}

void write_float(ByteWriter& out, double value) {
  if (std::isnan(value)) {
    out.u8(0xf9).u16be(0x7e00);
    return;
  }
  if (const std::optional<std::uint16_t> half = exact_half(value)) {
    out.u8(0xf9).u16be(*half);
  } else if (static_cast<double>(static_cast<float>(value)) == value) {
    out.u8(0xfa).u32be(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  } else {
    out.u8(0xfb).u64be(std::bit_cast<std::uint64_t>(value));
  }
}

void write(ByteWriter& out, const Cbor& value);

void write_map(ByteWriter& out, const std::vector<std::pair<Cbor, Cbor>>& entries) {
  std::vector<std::pair<Bytes, const Cbor*>> sorted;
  for (const auto& [key, entry] : entries) {
    sorted.emplace_back(encode_cbor(key), &entry);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  head(out, 5, sorted.size());
  for (const auto& [key, entry] : sorted) {
    out.bytes(key);
    write(out, *entry);
  }
}

void write(ByteWriter& out, const Cbor& value) {
  switch (value.type()) {
    case Cbor::Type::kUnsigned:
      head(out, 0, *value.as_unsigned());
      return;
    case Cbor::Type::kNegative:
      head(out, 1, value.negative_argument());
      return;
    case Cbor::Type::kBytes:
      head(out, 2, value.as_bytes()->size());
      out.bytes(*value.as_bytes());
      return;
    case Cbor::Type::kText:
      head(out, 3, value.as_text()->size());
      out.text(*value.as_text());
      return;
    case Cbor::Type::kArray:
      head(out, 4, value.as_array()->size());
      for (const Cbor& item : *value.as_array()) {
        write(out, item);
      }
      return;
    case Cbor::Type::kMap:
      write_map(out, *value.as_map());
      return;
    case Cbor::Type::kTag:
      head(out, 6, value.tag_number());
      write(out, *value.tagged());
      return;
    case Cbor::Type::kSimple:
      head(out, 7, value.simple_value());
      return;
    case Cbor::Type::kFloat:
      write_float(out, value.as_float());
      return;
  }
}

}  // namespace

Bytes encode_cbor(const Cbor& value) {
  ByteWriter out;
  write(out, value);
  return std::move(out).take();
}

}  // namespace claustrum::codec
