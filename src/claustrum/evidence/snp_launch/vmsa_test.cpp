// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/vmsa.h"

#include <gtest/gtest.h>

#include "claustrum/base/reader.h"

namespace claustrum::evidence::snp_launch {
namespace {

std::uint64_t at(const Bytes& page, std::size_t offset, std::size_t width) {
  std::uint64_t out = 0;
  for (std::size_t i = width; i > 0; --i) {
    out = out << 8 | page[offset + i - 1];
  }
  return out;
}

TEST(SnpLaunchVmsa, TheFirstVcpuStartsAtTheResetVector) {
  const Bytes page = vmsa_page({.signature = 0xA00F11, .guest_features = 0x21});
  ASSERT_EQ(page.size(), kPageLen);
  EXPECT_EQ(at(page, 0x10, 2), 0xF000U);      // CS selector
  EXPECT_EQ(at(page, 0x12, 2), 0x9BU);        // CS attributes
  EXPECT_EQ(at(page, 0x14, 4), 0xFFFFU);      // CS limit
  EXPECT_EQ(at(page, 0x18, 8), 0xFFFF0000U);  // CS base
  EXPECT_EQ(at(page, 0x178, 8), 0xFFF0U);     // RIP
  EXPECT_EQ(at(page, 0x310, 8), 0xA00F11U);   // RDX
  EXPECT_EQ(at(page, 0x3B0, 8), 0x21U);       // SEV_FEATURES
  EXPECT_EQ(at(page, 0x408, 4), 0x1F80U);     // MXCSR
  EXPECT_EQ(at(page, 0x410, 2), 0x37FU);      // FCW
  EXPECT_TRUE(all_zero(BytesView(page).subspan(0x412)));
}

TEST(SnpLaunchVmsa, OthersStartWhereTheResetBlockSays) {
  const Bytes page = vmsa_page({.eip = 0x0080B004});
  EXPECT_EQ(at(page, 0x18, 8), 0x00800000U);
  EXPECT_EQ(at(page, 0x178, 8), 0xB004U);
}

TEST(SnpLaunchVmsa, VmmsDifferWhereTheyAreKnownToDiffer) {
  const Bytes ec2 = vmsa_page({.vmm = Vmm::kEc2, .signature = 7});
  EXPECT_EQ(at(ec2, 0x12, 2), 0x9AU);
  EXPECT_EQ(at(ec2, 0x22, 2), 0x92U);
  EXPECT_EQ(at(ec2, 0x92, 2), 0x83U);
  EXPECT_EQ(at(ec2, 0x310, 8), 0x600U);
  EXPECT_EQ(at(ec2, 0x408, 4), 0U);
  EXPECT_EQ(at(vmsa_page({.vmm = Vmm::kEc2, .eip = 0x80B004}), 0x12, 2), 0x9BU);
  EXPECT_EQ(at(vmsa_page({.vmm = Vmm::kEc2Rdx0}), 0x310, 8), 0U);
  const Bytes gce = vmsa_page({.vmm = Vmm::kGce});
  EXPECT_EQ(at(gce, 0x268, 8), 0x70106U);
  EXPECT_EQ(at(gce, 0x22, 2), 0x93U);
}

TEST(SnpLaunchVmsa, NamesRoundTripAndOthersAreUnsupported) {
  for (const Vmm vmm : {Vmm::kQemu, Vmm::kEc2, Vmm::kEc2Rdx0, Vmm::kGce}) {
    EXPECT_EQ(parse_vmm(to_string(vmm)).value(), vmm);
  }
  for (const char* name : {"", "krun", "hyperv", "QEMU"}) {
    const Result<Vmm> found = parse_vmm(name);
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_EQ(found.error().code(), Code::kUnsupported);
    EXPECT_EQ(found.error().reason(), "launch.vmm");
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
