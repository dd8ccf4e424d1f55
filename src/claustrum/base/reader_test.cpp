// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/reader.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"

namespace claustrum {
namespace {

Bytes sample() {
  ByteWriter out;
  out.u8(1).u16le(0x0203).u16be(0x0405).u32le(0x06070809).u32be(0x0a0b0c0d).u64le(1).u64be(2);
  out.varint(63)
      .varint(16383)
      .varint(1073741823)
      .varint(1073741824)
      .prefixed_varint(as_bytes("abc"));
  return std::move(out).take();
}

Status read_sample(BytesView data) {
  ByteReader in(data, "sample");
  EXPECT_TRUE(in.u8() == 1 || !in.ok());
  EXPECT_TRUE(in.u16le() == 0x0203 || !in.ok());
  EXPECT_TRUE(in.u16be() == 0x0405 || !in.ok());
  EXPECT_TRUE(in.u32le() == 0x06070809 || !in.ok());
  EXPECT_TRUE(in.u32be() == 0x0a0b0c0d || !in.ok());
  EXPECT_TRUE(in.u64le() == 1 || !in.ok());
  EXPECT_TRUE(in.u64be() == 2 || !in.ok());
  EXPECT_TRUE(in.varint() == 63 || !in.ok());
  EXPECT_TRUE(in.varint() == 16383 || !in.ok());
  EXPECT_TRUE(in.varint() == 1073741823 || !in.ok());
  EXPECT_TRUE(in.varint() == 1073741824 || !in.ok());
  EXPECT_TRUE(as_text(in.prefixed_varint(3)) == "abc" || !in.ok());
  return in.finish();
}

TEST(ByteReader, ReadsWhatByteWriterWrote) {
  EXPECT_TRUE(read_sample(sample()).ok());
}

TEST(ByteReader, EveryPrefixFailsCleanly) {
  const Bytes data = sample();
  for (std::size_t length = 0; length < data.size(); ++length) {
    const Status status = read_sample(BytesView(data).first(length));
    ASSERT_FALSE(status.ok()) << length;
    EXPECT_EQ(status.error().reason(), "bytes.malformed");
  }
}

TEST(ByteReader, RefusesTrailingBytes) {
  Bytes data = sample();
  data.push_back(0);
  EXPECT_FALSE(read_sample(data).ok());
}

TEST(ByteReader, FailureIsSticky) {
  const Bytes data = {1, 2, 3};
  ByteReader in(data, "short");
  EXPECT_EQ(in.u32be(), 0U);
  EXPECT_EQ(in.u8(), 0);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_TRUE(in.done());
  EXPECT_FALSE(in.finish().ok());
}

TEST(ByteReader, RefusesNonZeroReservedBytes) {
  const Bytes data = {0, 0, 1};
  ByteReader in(data, "reserved");
  in.zeros(3);
  EXPECT_FALSE(in.finish().ok());
}

TEST(ByteReader, RefusesLengthsOverTheirLimit) {
  const Bytes data = {3, 'a', 'b', 'c'};
  ByteReader in(data, "limited");
  EXPECT_TRUE(in.prefixed_u8(2).empty());
  EXPECT_FALSE(in.status().ok());
}

TEST(ByteReader, HugeLengthNeitherWrapsNorAllocates) {
  const Bytes data = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'x'};
  ByteReader in(data, "huge");
  EXPECT_TRUE(in.prefixed_varint(SIZE_MAX).empty());
  EXPECT_FALSE(in.finish().ok());
}

TEST(ByteReader, SubReadersEndWhereTheirPartEnds) {
  const Bytes data = {1, 2, 3, 4};
  ByteReader in(data, "outer");
  ByteReader part = in.sub(2, "inner");
  EXPECT_EQ(part.u16be(), 0x0102);
  EXPECT_TRUE(part.finish().ok());
  EXPECT_EQ(in.u16be(), 0x0304);
  EXPECT_TRUE(in.finish().ok());
}

}  // namespace
}  // namespace claustrum
