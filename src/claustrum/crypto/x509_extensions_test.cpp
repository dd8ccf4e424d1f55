// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/x509_extensions.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/test_authority.h"

namespace claustrum::crypto {
namespace {

const Bytes kOid = {0x06, 0x03, 0x2a, 0x03, 0x04};  // 1.2.3.4
const Bytes kValue = {0x04, 0x01, 0x07};

Result<std::vector<ExtensionView>> split(const Bytes& list, std::size_t limit = 8) {
  static Bytes kept;
  kept = list;
  return split_extensions(kept, limit);
}

Bytes list_of(const Bytes& item) {
  return tlv(0x30, tlv(0x30, item));
}

TEST(X509Extensions, AreReadInOrder) {
  const Bytes first = tlv(0x30, concat({kOid, Bytes{0x01, 0x01, 0xff}, kValue}));
  const Bytes second = tlv(0x30, concat({Bytes{0x06, 0x01, 0x2a}, tlv(0x04, {})}));
  const auto list = split(tlv(0x30, concat({first, second}))).value();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(to_bytes(list[0].oid), (Bytes{0x2a, 0x03, 0x04}));
  EXPECT_TRUE(list[0].critical);
  EXPECT_EQ(to_bytes(list[0].value), Bytes{7});
  EXPECT_FALSE(list[1].critical);
  EXPECT_TRUE(list[1].value.empty());
  EXPECT_EQ(find_extension(list, Bytes{0x2a}), &list[1]);
  EXPECT_EQ(find_extension(list, Bytes{0x2b}), nullptr);
  EXPECT_TRUE(any_critical(list));
  EXPECT_FALSE(any_critical(std::span(list).subspan(1)));
  EXPECT_FALSE(any_twice(list));
  EXPECT_TRUE(any_twice(split(tlv(0x30, concat({first, second, first}))).value()));
}

TEST(X509Extensions, MayBeNone) {
  EXPECT_TRUE(split({}).value().empty());
  EXPECT_TRUE(split({0x30, 0x00}).value().empty());
}

TEST(X509Extensions, MayWriteTheDefaultOfCritical) {
  EXPECT_FALSE(split(list_of(concat({kOid, Bytes{0x01, 0x01, 0x00}, kValue}))).value()[0].critical);
}

TEST(X509Extensions, RefuseOtherShapes) {
  const Bytes items[] = {
      kOid,
      kValue,
      concat({kValue, kOid}),
      concat({kOid, kValue, kValue}),
      concat({kOid, Bytes{0x01, 0x01, 0x01}, kValue}),
      concat({kOid, Bytes{0x01, 0x00}, kValue}),
      concat({kOid, Bytes{0x01, 0x02, 0xff, 0xff}, kValue}),
      concat({kOid, Bytes{0x24, 0x03, 0x04, 0x01, 0x07}}),    // constructed string
      concat({Bytes{0x06, 0x00}, kValue}),                    // no arc
      concat({Bytes{0x06, 0x03, 0x2a, 0x80, 0x04}, kValue}),  // arc with a leading zero
      concat({Bytes{0x06, 0x02, 0x2a, 0x83}, kValue}),        // arc without an end
  };
  for (const Bytes& item : items) {
    expect_error(split(list_of(item)), Code::kMalformed, "x509.der");
  }
  const Bytes good = list_of(concat({kOid, kValue}));
  expect_error(split(concat({good, Bytes{0}})), Code::kMalformed, "x509.der");
  expect_error(split(tlv(0x31, tlv(0x30, concat({kOid, kValue})))), Code::kMalformed, "x509.der");
  for (std::size_t size = 1; size < good.size(); ++size) {
    expect_error(split(to_bytes(BytesView(good).first(size))), Code::kMalformed, "x509.der");
  }
}

TEST(X509Extensions, AreBounded) {
  const Bytes item = tlv(0x30, concat({kOid, kValue}));
  EXPECT_TRUE(split(tlv(0x30, concat({item, item})), 2).ok());
  expect_error(split(tlv(0x30, concat({item, item, item})), 2), Code::kExhausted,
               "x509.extensions");
}

TEST(X509Extensions, IdentifiersComeFromTheirDottedForm) {
  EXPECT_EQ(oid_from_dotted("2.5.29.19"), (Bytes{0x55, 0x1d, 0x13}));
  EXPECT_EQ(oid_from_dotted("1.3.6.1.4.1.3704.1.3.8"),
            (Bytes{0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, 0x03, 0x08}));
  EXPECT_EQ(oid_from_dotted("2.999"), (Bytes{0x88, 0x37}));
  EXPECT_EQ(
      oid_from_dotted("1.2.128.0.18446744073709551615"),
      (Bytes{0x2a, 0x81, 0x00, 0x00, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}));
  for (const char* text : {"", "1", "1.", ".1", "1..2", "1.2.", "3.1", "1.40", "1.2.x", "1.2 .3",
                           "1.-2", "1.2.18446744073709551616"}) {
    EXPECT_EQ(oid_from_dotted(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace claustrum::crypto
