// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/der.h"

#include "claustrum/codec/hex.h"
#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Bytes element(std::uint8_t tag, std::size_t size) {
  Bytes out = {tag};
  if (size >= 0x10000) {
    append(out, Bytes{0x83, static_cast<std::uint8_t>(size >> 16),
                      static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else if (size >= 0x100) {
    append(out, Bytes{0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  } else if (size >= 0x80) {
    append(out, Bytes{0x81, static_cast<std::uint8_t>(size)});
  } else {
    out.push_back(static_cast<std::uint8_t>(size));
  }
  out.resize(out.size() + size, 0x5a);
  return out;
}

Result<std::uint64_t> integer(std::string_view hex) {
  const Bytes der = hex_decode(hex).value();
  DerReader r(der, "test");
  const std::uint64_t value = r.integer();
  CLAUSTRUM_TRY(r.finish());
  return value;
}

Status octets(std::string_view hex) {
  const Bytes der = hex_decode(hex).value();
  DerReader r(der, "test");
  (void)r.element(kDerOctetString);
  return r.finish();
}

TEST(Der, ReadsElementsOfEveryLengthForm) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U, 100000U}) {
    const Bytes der = element(kDerOctetString, size);
    DerReader r(der, "test");
    EXPECT_EQ(r.peek_tag(), kDerOctetString);
    EXPECT_EQ(r.element(kDerOctetString).size(), size);
    EXPECT_TRUE(r.finish().ok()) << size;
  }
}

TEST(Der, ReadsIntegersUpTo64Bits) {
  EXPECT_EQ(integer("020100").value(), 0U);
  EXPECT_EQ(integer("02017f").value(), 127U);
  EXPECT_EQ(integer("02020080").value(), 128U);
  EXPECT_EQ(integer("020900ffffffffffffffff").value(), UINT64_MAX);
  EXPECT_EQ(integer("02087fffffffffffffff").value(), UINT64_MAX / 2);
}

TEST(Der, RefusesOtherIntegers) {
  for (const char* hex : {"0200", "020180", "0202ff7f", "02020000", "0202007f",
                          "02090100000000000000ff", "020a00ffffffffffffffffff", "030100", "0201"}) {
    expect_fault(integer(hex), Code::kMalformed, "bytes.malformed", hex);
  }
}

TEST(Der, RefusesLengthsThatAreNotMinimalOrIndefinite) {
  EXPECT_TRUE(octets("0401aa").ok());
  for (const char* hex : {"048101aa", "04820001aa", "0483000001aa", "048400000001aa",
                          "04850000000001aa", "0480aa0000", "0480", "04ff", "0481", "048280"}) {
    EXPECT_FALSE(octets(hex).ok()) << hex;
  }
  Bytes der = {kDerOctetString, 0x82, 0x00, 0x80};
  der.resize(der.size() + 0x80);
  DerReader r(der, "test");
  (void)r.element(kDerOctetString);
  EXPECT_FALSE(r.finish().ok());
}

TEST(Der, HugeLengthsNeitherWrapNorAllocate) {
  EXPECT_FALSE(octets("0484ffffffffaa").ok());
  EXPECT_FALSE(octets("0488ffffffffffffffffaa").ok());
}

TEST(Der, FailureIsStickyAcrossSequences) {
  const Bytes der = hex_decode("3006020101020102").value();
  DerReader good(der, "test");
  DerReader inner = good.sequence();
  EXPECT_EQ(inner.integer(), 1U);
  EXPECT_FALSE(inner.done());
  EXPECT_EQ(inner.integer(), 2U);
  EXPECT_TRUE(inner.finish().ok());
  EXPECT_TRUE(good.finish().ok());

  DerReader bad(der, "test");
  (void)bad.element(kDerOid);
  DerReader dead = bad.sequence();
  EXPECT_EQ(dead.integer(), 0U);
  EXPECT_FALSE(dead.ok());
  EXPECT_FALSE(dead.finish().ok());
  EXPECT_FALSE(bad.finish().ok());
}

TEST(Der, RefusesBytesAfterTheEnd) {
  EXPECT_FALSE(octets("0401aa00").ok());
}

TEST(Der, EveryPrefixFailsCleanly) {
  const Bytes der = hex_decode("300a0201010405aabbccddee").value();
  for (std::size_t length = 0; length < der.size(); ++length) {
    DerReader r(BytesView(der).first(length), "test");
    DerReader inner = r.sequence();
    (void)inner.integer();
    (void)inner.element(kDerOctetString);
    EXPECT_FALSE(inner.finish().ok()) << length;
    EXPECT_FALSE(r.finish().ok()) << length;
  }
}

}  // namespace
}  // namespace claustrum::codec
