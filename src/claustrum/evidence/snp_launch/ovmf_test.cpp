// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "claustrum/evidence/snp_launch/digest.h"
#include "claustrum/evidence/snp_launch/test_image.h"

namespace claustrum::evidence::snp_launch {
namespace {

void expect_error(const Bytes& image, Code code, std::string_view reason) {
  const Result<OvmfView> found = parse_ovmf(image);
  ASSERT_FALSE(found.ok()) << reason;
  EXPECT_EQ(found.error().code(), code) << found.error().text();
  EXPECT_EQ(found.error().reason(), reason) << found.error().text();
}

TEST(SnpLaunchOvmf, ReadsWhatTheImageSays) {
  const Bytes image = TestImage().build();
  const OvmfView ovmf = parse_ovmf(image).value();
  EXPECT_EQ(ovmf.gpa(), 0xFFFFE000U);
  EXPECT_EQ(ovmf.reset_eip, 0x80B004U);
  EXPECT_EQ(ovmf.hashes_gpa, 0x810C00U);
  ASSERT_EQ(ovmf.sections.size(), 7U);
  EXPECT_EQ(ovmf.sections[2].kind, SectionKind::kSecrets);
  EXPECT_EQ(ovmf.find(SectionKind::kKernelHashes)->gpa, 0x810000U);
  EXPECT_EQ(to_string(ovmf.sections[4].kind), "SVSM calling area");
}

TEST(SnpLaunchOvmf, UnusedEntriesAreAbsentAndUnknownOnesPassedOver) {
  TestImage image;
  image.entries[0].data = word(0);
  image.entries.erase(image.entries.begin() + 1);
  image.entries.push_back({"000102030405060708090a0b0c0d0e0f", Bytes(40, 9)});
  image.metadata_size = 16 + 12 * 7 + 8;  // a longer header of a version we know
  const Bytes built = image.build();
  const OvmfView ovmf = parse_ovmf(built).value();
  EXPECT_FALSE(ovmf.reset_eip.has_value());
  EXPECT_FALSE(ovmf.hashes_gpa.has_value());
}

TEST(SnpLaunchOvmf, RefusesSizesThatAreNoPages) {
  Bytes image = TestImage().build();
  expect_error({}, Code::kMalformed, "ovmf.size");
  image.pop_back();
  expect_error(image, Code::kMalformed, "ovmf.size");
  expect_error(Bytes(kMaxFirmware + kPageLen), Code::kMalformed, "ovmf.size");
}

TEST(SnpLaunchOvmf, RefusesTablesThatDoNotFit) {
  const std::function<void(TestImage&)> faults[] = {
      [](TestImage& i) { i.footer[0] = '0'; }, [](TestImage& i) { i.table_size = 17; },
      [](TestImage& i) { i.table_size = 0xFFFF; },
      // One byte more or less than the entries: the lowest one no longer fits.
      [](TestImage& i) { i.table_size = 18 + 22 + 26 + 22 + 1; },
      [](TestImage& i) { i.table_size = 18 + 22 + 26 + 22 - 1; },
      [](TestImage& i) { i.entries.push_back(i.entries[0]); },
      [](TestImage& i) { i.entries[0].data = Bytes(3); },
      [](TestImage& i) { i.entries[1].data = {}; },
      [](TestImage& i) { i.entries[2].data = Bytes(1); }};
  for (const auto& fault : faults) {
    TestImage image;
    fault(image);
    expect_error(image.build(), Code::kMalformed, "ovmf.table");
  }
}

TEST(SnpLaunchOvmf, RefusesImagesThatStartNoSnpGuest) {
  TestImage image;
  image.entries.pop_back();
  expect_error(image.build(), Code::kUnsupported, "ovmf.no_snp");
}

TEST(SnpLaunchOvmf, RefusesMetadataThatDoesNotFit) {
  const std::function<void(TestImage&)> faults[] = {
      [](TestImage& i) { i.entries[2].data = word(0); },
      [](TestImage& i) { i.entries[2].data = word(15); },
      [](TestImage& i) { i.entries[2].data = word(2 * kPageLen + 1); },
      [](TestImage& i) { i.entries[2].data = word(0xFFFFFFFF); },
      [](TestImage& i) { i.entries[2].data = word(0x801); },
      [](TestImage& i) { i.magic = "ASEW"; },
      [](TestImage& i) { i.count = 0; },
      [](TestImage& i) { i.count = 8; },
      [](TestImage& i) { i.count = 0xFFFFFFFF; },
      [](TestImage& i) { i.metadata_size = 16 + 12 * 7 - 1; },
      [](TestImage& i) { i.metadata_size = 0x801; },
      [](TestImage& i) {
        i.sections.assign(kMaxSections + 1, {0x800000, 0x1000, 1});
      }};
  for (const auto& fault : faults) {
    TestImage image;
    fault(image);
    expect_error(image.build(), Code::kMalformed, "ovmf.metadata");
  }
}

TEST(SnpLaunchOvmf, RefusesSectionsThatAreNotTheirPages) {
  const std::array<std::uint32_t, 3> faults[] = {
      {0x800001, 0x1000, 1},   {0x800000, 0x1001, 1},          {0x800000, 0, 1},
      {0x800000, 0x2000, 2},   {0x800000, 0x2000, 3},          {0x800000, 0x2000, 0x10},
      {0xFFFFF000, 0x2000, 1}, {0x800000, kMaxSectionBytes, 1}};
  for (const auto& fault : faults) {
    TestImage image;
    image.sections[0] = fault;
    expect_error(image.build(), Code::kMalformed, "ovmf.metadata");
  }
}

TEST(SnpLaunchOvmf, OtherVersionsAndKindsAreUnsupported) {
  TestImage image;
  image.version = 2;
  expect_error(image.build(), Code::kUnsupported, "ovmf.version");
  TestImage kind;
  kind.sections[6][2] = 5;
  expect_error(kind.build(), Code::kUnsupported, "ovmf.section");
}

TEST(SnpLaunchOvmf, EveryTruncationEndsInAnErrorOrAnImageOfWholePages) {
  const Bytes image = TestImage().build();
  for (std::size_t size = 0; size < image.size(); ++size) {
    // Cut at the end: the table is gone. Cut at the start: only whole pages are an image.
    ASSERT_FALSE(parse_ovmf(BytesView(image).first(size)).ok()) << size;
    ASSERT_EQ(parse_ovmf(BytesView(image).last(size)).ok(), size == kPageLen) << size;
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
