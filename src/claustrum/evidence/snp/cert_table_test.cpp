// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/cert_table.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"

namespace claustrum::evidence::snp {
namespace {

const std::vector<TableEntry> kEntries = {
    {kGuidArk, {1, 2, 3}}, {kGuidAsk, {4, 5}}, {kGuidVcek, {6}}, {kGuidCrl, {}}};

std::string error_of(BytesView table) {
  const auto parsed = parse_cert_table(table);
  return parsed.ok() ? "ok" : std::string(parsed.error().reason());
}

// One entry and the end, then `body`.
Bytes table_of(std::uint32_t offset, std::uint32_t length, std::size_t body) {
  ByteWriter w;
  w.bytes(kGuidArk).u32le(offset).u32le(length).zeros(24).zeros(body);
  return std::move(w).take();
}

TEST(SnpCertTable, RoundTrips) {
  const Bytes table = encode_cert_table(kEntries);
  const auto parsed = parse_cert_table(table);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), kEntries.size());
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    EXPECT_EQ((*parsed)[i].guid, kEntries[i].guid);
    EXPECT_EQ((*parsed)[i].data, kEntries[i].data);
  }
  EXPECT_EQ(encode_cert_table(*parsed), table);
}

TEST(SnpCertTable, EveryPrefixFailsCleanly) {
  const Bytes table = encode_cert_table(kEntries);
  for (std::size_t size = 1; size < table.size(); ++size) {
    EXPECT_NE(error_of(BytesView(table).first(size)), "ok") << size;
  }
  EXPECT_EQ(error_of({}), "ok");
}

TEST(SnpCertTable, EntriesStayInside) {
  EXPECT_EQ(error_of(table_of(48, 4, 4)), "ok");
  EXPECT_EQ(error_of(table_of(48, 5, 4)), "snp.table.bounds");
  EXPECT_EQ(error_of(table_of(53, 0, 4)), "snp.table.bounds");
  // A 32-bit sum would wrap to 47 here.
  EXPECT_EQ(error_of(table_of(48, 0xFFFFFFFF, 4)), "snp.table.bounds");
  EXPECT_EQ(error_of(table_of(0xFFFFFFFF, 2, 4)), "snp.table.bounds");
}

TEST(SnpCertTable, OneEntryARole) {
  std::vector<TableEntry> twice = kEntries;
  twice.push_back({kGuidArk, {9}});
  EXPECT_EQ(error_of(encode_cert_table(twice)), "snp.table.duplicate");
}

TEST(SnpCertTable, IsBounded) {
  std::vector<TableEntry> many;
  for (std::uint8_t i = 1; i <= kMaxTableEntries + 1; ++i) {
    TableEntry entry;
    entry.guid.fill(i);
    many.push_back(entry);
  }
  EXPECT_EQ(error_of(encode_cert_table(many)), "snp.table.size");
  many.pop_back();
  EXPECT_EQ(error_of(encode_cert_table(many)), "ok");
  EXPECT_EQ(error_of(Bytes(kMaxTableLen + 1)), "snp.table.size");
}

TEST(SnpCertTable, NamesEntriesAsCollateral) {
  std::vector<TableEntry> entries = kEntries;
  TableEntry unknown;
  unknown.guid.fill(0xEE);
  unknown.data = {7};
  entries.push_back(unknown);
  const Collateral vcek = collateral_of(entries);
  EXPECT_EQ(vcek.size(), 4U);
  EXPECT_EQ(vcek.at("ark"), (Bytes{1, 2, 3}));
  EXPECT_EQ(vcek.at("ask"), (Bytes{4, 5}));
  EXPECT_EQ(vcek.at("vcek"), (Bytes{6}));
  EXPECT_TRUE(vcek.contains("crl"));
  entries[2].guid = kGuidVlek;
  const Collateral vlek = collateral_of(entries);
  EXPECT_EQ(vlek.at("asvk"), (Bytes{4, 5}));
  EXPECT_EQ(vlek.at("vlek"), (Bytes{6}));
  EXPECT_FALSE(vlek.contains("ask"));
}

}  // namespace
}  // namespace claustrum::evidence::snp
