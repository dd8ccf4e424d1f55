// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/vcpu.h"

#include <gtest/gtest.h>

namespace claustrum::evidence::snp_launch {
namespace {

TEST(SnpLaunchVcpu, SignatureSplitsFamilyAndModel) {
  EXPECT_EQ(vcpu_signature(23, 1, 2), 0x800F12U);    // Naples
  EXPECT_EQ(vcpu_signature(23, 49, 0), 0x830F10U);   // Rome
  EXPECT_EQ(vcpu_signature(25, 1, 1), 0xA00F11U);    // Milan
  EXPECT_EQ(vcpu_signature(25, 17, 0), 0xA10F10U);   // Genoa
  EXPECT_EQ(vcpu_signature(26, 0, 0), 0xB00F00U);    // Turin
  EXPECT_EQ(vcpu_signature(6, 0x1A, 3), 0x1'06A3U);  // no extended family below 15
}

TEST(SnpLaunchVcpu, EveryTypeHasASignature) {
  for (const std::string_view type : vcpu_types()) {
    EXPECT_TRUE(signature_of_type(type).ok()) << type;
  }
  EXPECT_EQ(signature_of_type("epyc-milan-V2").value(), 0xA00F11U);
}

TEST(SnpLaunchVcpu, RefusesUnknownTypesAndNamesTheKnown) {
  for (const char* name : {"", "EPYC-", "EPYC-Venice", "EPYC-Milan-v99", "max", "EPYC "}) {
    const Result<std::uint32_t> found = signature_of_type(name);
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_EQ(found.error().code(), Code::kUnsupported);
    EXPECT_EQ(found.error().reason(), "launch.vcpu_type");
    EXPECT_NE(found.error().text().find("EPYC-Genoa"), std::string::npos);
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
