// SPDX-License-Identifier: Apache-2.0
// A DER element is one tag byte, a minimal definite length, contents. Anything BER allows beyond
// that would give one signed structure two spellings.
#include "claustrum/codec/der.h"

namespace claustrum::codec {

std::size_t DerReader::length() {
  const std::uint8_t first = reader_.u8();
  if (first < 0x80) {
    return first;
  }
  const std::size_t count = first & 0x7f;
  if (count == 0 || count > 4) {
    reader_.fail("indefinite or huge DER length");
    return 0;
  }
  std::size_t value = 0;
  const BytesView bytes = reader_.bytes(count);
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  if (reader_.ok() && (value < 0x80 || bytes[0] == 0)) {
    reader_.fail("DER length not minimal");
  }
  return reader_.ok() ? value : 0;
}

BytesView DerReader::element(std::uint8_t tag) {
  if (reader_.u8() != tag) {
    reader_.fail("unexpected DER tag");
  }
  return reader_.bytes(length());
}

DerReader DerReader::sequence() {
  DerReader inner(element(kDerSequence), "DER sequence");
  if (!reader_.ok()) {
    inner.reader_.fail("outer element is malformed");
  }
  return inner;
}

std::uint64_t DerReader::integer() {
  const BytesView bytes = element(kDerInteger);
  if (bytes.empty() || bytes.size() > 9 || (bytes[0] & 0x80) != 0 ||
      (bytes.size() > 1 && bytes[0] == 0 && (bytes[1] & 0x80) == 0) ||
      (bytes.size() == 9 && bytes[0] != 0)) {
    reader_.fail("INTEGER is negative, not minimal or over 64 bits");
    return 0;
  }
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8 | byte;
  }
  return value;
}

std::uint8_t DerReader::peek_tag() {
  return reader_.peek();
}

}  // namespace claustrum::codec
