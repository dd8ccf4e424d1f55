// SPDX-License-Identifier: Apache-2.0
#include "claustrum/store/row_sealer.h"

#include <gtest/gtest.h>

namespace claustrum::store {
namespace {

MasterKey test_key(std::uint8_t fill) {
  ByteArray<32> key;
  key.fill(fill);
  return MasterKey(key);
}

const ByteArray<32> kPolicy{1, 2, 3};
const ByteArray<32> kOtherPolicy{1, 2, 4};
const BytesView kPayload = as_bytes("payload");

RowIdentity test_row() {
  return {"secret", "tenant-a", "model-key", 3, kPolicy, 42};
}

void expect_refused(const RowIdentity& row) {
  const RowSealer sealer(test_key(1));
  const Bytes sealed = sealer.seal(test_row(), kPayload);
  const auto opened = sealer.open(row, sealed);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::kBadSignature);
  EXPECT_EQ(opened.error().reason(), "store.row");
}

TEST(RowSealer, OpensItsOwn) {
  const RowSealer sealer(test_key(1));
  for (const std::size_t size : {0U, 1U, 1000U}) {
    const Bytes payload(size, 9);
    const auto opened = sealer.open(test_row(), sealer.seal(test_row(), payload));
    ASSERT_TRUE(opened.ok());
    EXPECT_TRUE(equal(opened->reveal(), payload));
  }
}

TEST(RowSealer, SealsDifferentlyEachTime) {
  const RowSealer sealer(test_key(1));
  EXPECT_NE(sealer.seal(test_row(), kPayload), sealer.seal(test_row(), kPayload));
}

TEST(RowSealer, RefusesARowFromAnotherPlace) {
  RowIdentity row = test_row();
  row.table = "policy";
  expect_refused(row);
  row = test_row();
  row.tenant = "tenant-b";
  expect_refused(row);
  row = test_row();
  row.name = "model-kez";
  expect_refused(row);
  row = test_row();
  row.version = 2;
  expect_refused(row);
  row = test_row();
  row.policy_digest = kOtherPolicy;
  expect_refused(row);
  row = test_row();
  row.policy_digest = {};
  expect_refused(row);
  row = test_row();
  row.sequence = 41;
  expect_refused(row);
}

TEST(RowSealer, FieldsDoNotRunIntoEachOther) {
  RowIdentity row = test_row();
  row.tenant = "tenant-am";
  row.name = "odel-key";
  expect_refused(row);
}

TEST(RowSealer, RefusesAnotherKey) {
  const Bytes sealed = RowSealer(test_key(1)).seal(test_row(), kPayload);
  EXPECT_EQ(RowSealer(test_key(2)).open(test_row(), sealed).error().reason(), "store.row");
}

TEST(RowSealer, RefusesEveryFlippedBitAndEveryPrefix) {
  const RowSealer sealer(test_key(1));
  const Bytes sealed = sealer.seal(test_row(), kPayload);
  for (std::size_t bit = 8; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(sealer.open(test_row(), flipped).error().reason(), "store.row") << bit;
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_EQ(sealer.open(test_row(), BytesView(sealed).first(length)).error().reason(),
              "store.row");
  }
}

TEST(RowSealer, RefusesAnotherFormat) {
  const RowSealer sealer(test_key(1));
  Bytes sealed = sealer.seal(test_row(), kPayload);
  sealed[0] = 2;
  EXPECT_EQ(sealer.open(test_row(), sealed).error().reason(), "store.row_version");
}

}  // namespace
}  // namespace claustrum::store
