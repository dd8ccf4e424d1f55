// SPDX-License-Identifier: Apache-2.0
// The expected digests were computed by two independent tools (docs/how-to/measure.md) from the
// image that TestImage builds.
#include "claustrum/evidence/snp_launch/measure.h"

#include <gtest/gtest.h>

#include <set>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/snp_launch/test_image.h"
#include "claustrum/evidence/snp_launch/vcpu.h"

namespace claustrum::evidence::snp_launch {
namespace {

struct Launch {
  Bytes image = TestImage().build();
  LaunchSpec spec;

  explicit Launch(const char* type = "EPYC-v4") {
    spec.vcpu_signature = signature_of_type(type).value();
  }
  Result<LaunchMeasurement> run() {
    spec.firmware = image;
    return measure_launch(spec);
  }
  std::string digest() { return codec::hex_encode(run().value().digest); }
};

void expect_error(Launch launch, Code code, std::string_view reason) {
  const Result<LaunchMeasurement> found = launch.run();
  ASSERT_FALSE(found.ok()) << reason;
  EXPECT_EQ(found.error().code(), code);
  EXPECT_EQ(found.error().reason(), reason);
}

TEST(SnpLaunch, QemuGuestsAsOtherToolsMeasureThem) {
  Launch one;
  EXPECT_EQ(
      one.digest(),
      "c3edf1ecf60202c8d6ec4d67d37e0d44c870453cc34f88beea6e19ddba7099c28d2aca32e9817a21eb29155e"
      "22822412");
  Launch four("EPYC-Milan");
  four.spec.vcpus = 4;
  four.spec.guest_features = 0x21;
  EXPECT_EQ(
      four.digest(),
      "dca184fe9767e1f46b8b84bacf875893e891ffd182e9dc459bcade57ca7c44be22c2218c72db3fcc8a3ccab4"
      "50546527");
  EXPECT_EQ(
      Launch("EPYC-Turin").digest(),
      "b9503ad2e558dc7e4e7f659992401a142667852a030ca624beca728d00f086e019243b9974b5bdd381d9acbf"
      "0992e32b");
}

TEST(SnpLaunch, DirectlyBootedKernelsAsOtherToolsMeasureThem) {
  Launch whole("EPYC-Genoa");
  whole.spec.vcpus = 2;
  whole.spec.kernel = hash_kernel(as_bytes("kernel"), as_bytes("initrd"), "console=ttyS0");
  EXPECT_EQ(
      whole.digest(),
      "5283cf579ec640cff8a58880eff6701f01c71817589bc0851da0d33500ab18bb783c00e82915e6f6e173ed65"
      "31a52692");
  Launch bare("EPYC-Rome");
  bare.spec.kernel = hash_kernel(as_bytes("kernel"), {}, "");
  EXPECT_EQ(
      bare.digest(),
      "90975a685a4e46a69c559c6b8da97e4a4e7f32c8df53eafdde8a689b71d1f5b5bffa3ef42e3b48ae3488ee5b"
      "403a9381");
}

TEST(SnpLaunch, CloudGuestsAsOtherToolsMeasureThem) {
  Launch launch;
  launch.spec.vcpus = 2;
  launch.spec.vmm = Vmm::kEc2;
  EXPECT_EQ(
      launch.digest(),
      "55181a5410a1410250498e6e01ed442b3708d5798237939369bc6c87f3eb236ad1141feeebf9cddfa3db33fa"
      "312271f4");
  launch.spec.vmm = Vmm::kEc2Rdx0;
  EXPECT_EQ(
      launch.digest(),
      "2fee9f133b4279b01397b8e55e20a95ea1ce5e58f0bc8ac0b44deab0fbfcc51400a34716e085870df1743c82"
      "912a9543");
  launch.spec.vmm = Vmm::kGce;
  EXPECT_EQ(
      launch.digest(),
      "53dd3d497c1872861442a47d9a40e21f8bc8e6521307e809003c23f986a27a265620a61bd94c5426f04f2071"
      "a7ab4055");
}

TEST(SnpLaunch, PartsAreTheChainsValuesOnTheWay) {
  Launch launch;
  const LaunchMeasurement m = launch.run().value();
  EXPECT_EQ(
      codec::hex_encode(m.after_firmware),
      "ac2bdfaef704b31455f48e463ba265211ecf6ddac702648a5d223c32bdb575d604cd164c6cd1f2d2d5892e87"
      "5d7bbd50");
  EXPECT_EQ(m.firmware_gpa, 0xFFFFE000U);
  EXPECT_EQ(m.sections.size(), 7U);
  EXPECT_EQ(m.reset_eip, 0x80B004U);
  EXPECT_NE(m.after_sections, m.after_firmware);
  EXPECT_NE(m.after_sections, m.digest);
}

TEST(SnpLaunch, EveryPartChangesTheDigest) {
  std::set<std::string> seen;
  const auto add = [&seen](auto change) {
    Launch launch;
    launch.spec.kernel = hash_kernel(as_bytes("k"), as_bytes("i"), "c");
    change(launch);
    EXPECT_TRUE(seen.insert(launch.digest()).second);
  };
  add([](Launch&) {});
  add([](Launch& l) { l.image[0] ^= 1; });
  add([](Launch& l) { l.spec.vcpus = 2; });
  add([](Launch& l) { l.spec.vcpu_signature ^= 1; });
  add([](Launch& l) { l.spec.guest_features |= 2; });
  add([](Launch& l) { l.spec.kernel.reset(); });
  add([](Launch& l) { l.spec.kernel = hash_kernel(as_bytes("K"), as_bytes("i"), "c"); });
  add([](Launch& l) { l.spec.kernel = hash_kernel(as_bytes("k"), as_bytes("I"), "c"); });
  add([](Launch& l) { l.spec.kernel = hash_kernel(as_bytes("k"), as_bytes("i"), "C"); });
}

TEST(SnpLaunch, RefusesCountsOfVcpusThatNoGuestHas) {
  Launch none;
  none.spec.vcpus = 0;
  expect_error(none, Code::kMalformed, "launch.vcpus");
  Launch many;
  many.spec.vcpus = kMaxVcpus + 1;
  expect_error(many, Code::kMalformed, "launch.vcpus");
}

TEST(SnpLaunch, RefusesFeaturesOfNoSnpGuest) {
  Launch launch;
  launch.spec.guest_features = 0x20;
  expect_error(launch, Code::kMalformed, "launch.features");
}

TEST(SnpLaunch, RefusesAKernelThatWouldNotBeMeasured) {
  Launch launch;
  launch.spec.kernel = KernelHashes();
  TestImage no_section;
  no_section.sections[5][2] = 1;
  launch.image = no_section.build();
  expect_error(launch, Code::kUnsupported, "launch.no_kernel_hashes");
  TestImage no_table;
  no_table.entries[1].data = word(0);
  launch.image = no_table.build();
  expect_error(launch, Code::kUnsupported, "launch.no_kernel_hashes");
  no_table.sections[5][0] = 0;  // a section at 0 is not the place of a table that is absent
  launch.image = no_table.build();
  expect_error(launch, Code::kUnsupported, "launch.no_kernel_hashes");
  TestImage elsewhere;  // the table lies in another page than the one that is measured
  elsewhere.entries[1].data = word(0x811000);
  launch.image = elsewhere.build();
  expect_error(launch, Code::kUnsupported, "launch.no_kernel_hashes");
  TestImage below;
  below.entries[1].data = word(0x80FFFF);
  launch.image = below.build();
  expect_error(launch, Code::kUnsupported, "launch.no_kernel_hashes");
}

TEST(SnpLaunch, RefusesATableThatDoesNotFitItsPage) {
  Launch launch;
  launch.spec.kernel = KernelHashes();
  TestImage image;
  image.entries[1].data = word(0x810F51);
  launch.image = image.build();
  expect_error(launch, Code::kMalformed, "launch.hashes_offset");
}

TEST(SnpLaunch, OnlyQemuMeasuresAKernel) {
  for (const Vmm vmm : {Vmm::kEc2, Vmm::kEc2Rdx0, Vmm::kGce}) {
    Launch launch;
    launch.spec.vmm = vmm;
    launch.spec.kernel = KernelHashes();
    expect_error(launch, Code::kUnsupported, "launch.kernel");
  }
}

TEST(SnpLaunch, SeveralVcpusNeedAResetBlock) {
  Launch launch;
  TestImage image;
  image.entries.erase(image.entries.begin());
  launch.image = image.build();
  EXPECT_TRUE(launch.run().ok());
  launch.spec.vcpus = 2;
  expect_error(launch, Code::kUnsupported, "launch.no_reset_block");
}

TEST(SnpLaunch, BrokenImagesAreRefused) {
  Launch launch;
  launch.image.pop_back();
  expect_error(launch, Code::kMalformed, "ovmf.size");
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
