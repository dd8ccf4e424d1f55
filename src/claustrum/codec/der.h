// SPDX-License-Identifier: Apache-2.0
// DER (X.690) reading with the limits we need: definite minimal lengths, single-byte tags. Sticky
// failure like ByteReader. Used for certificate extensions and small structures; whole certificates
// are OpenSSL's (crypto/x509).
#pragma once

#include "claustrum/base/reader.h"

namespace claustrum::codec {

inline constexpr std::uint8_t kDerInteger = 0x02;
inline constexpr std::uint8_t kDerBitString = 0x03;
inline constexpr std::uint8_t kDerOctetString = 0x04;
inline constexpr std::uint8_t kDerOid = 0x06;
inline constexpr std::uint8_t kDerUtf8String = 0x0c;
inline constexpr std::uint8_t kDerIa5String = 0x16;
inline constexpr std::uint8_t kDerSequence = 0x30;

class DerReader {
 public:
  DerReader(BytesView der, const char* what) : reader_(der, what) {}
  // Contents of the next element, which must carry `tag`.
  BytesView element(std::uint8_t tag);
  DerReader sequence();
  // Non-negative INTEGER that fits 64 bits, minimally encoded.
  std::uint64_t integer();
  std::uint8_t peek_tag();
  bool done() const { return reader_.done(); }
  bool ok() const { return reader_.ok(); }
  Status finish() { return reader_.finish(); }

 private:
  std::size_t length();
  ByteReader reader_;
};

}  // namespace claustrum::codec
