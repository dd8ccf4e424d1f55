// SPDX-License-Identifier: Apache-2.0
// The launch digest a real SEV-SNP guest will report as MEASUREMENT, from the parts it is launched
// with: firmware, optionally kernel, initrd and command line, and the vCPUs' initial state. A
// reference value for policies; it says nothing about the guest policy, HOST_DATA or what runs
// later, which are no part of the digest.
//
// Order: the image page by page ending at 4 GiB; the metadata's sections in table order (EC2 adds
// CPUID pages last); one VMSA a vCPU.
#pragma once

#include "claustrum/evidence/snp_launch/kernel_hashes.h"
#include "claustrum/evidence/snp_launch/ovmf.h"
#include "claustrum/evidence/snp_launch/vmsa.h"

namespace claustrum::evidence::snp_launch {

inline constexpr std::uint32_t kMaxVcpus = 4096;

struct LaunchSpec {
  Vmm vmm = Vmm::kQemu;
  BytesView firmware;
  std::optional<KernelHashes> kernel;  // direct boot; QEMU with kernel-hashes=on
  std::uint32_t vcpus = 1;
  std::uint32_t vcpu_signature = 0;
  std::uint64_t guest_features = kFeatureSnpActive;
};

struct LaunchMeasurement {
  ByteArray<48> digest{};          // MEASUREMENT
  ByteArray<48> after_firmware{};  // the chain's value behind the image's pages
  ByteArray<48> after_sections{};  // and behind the metadata's sections
  std::uint64_t firmware_gpa = 0;
  std::vector<Section> sections;
  std::optional<std::uint32_t> reset_eip;
};

// Errors of parse_ovmf, and: malformed "launch.vcpus" (1 to 4096), "launch.features" (an SNP guest
// has bit 0), "launch.hashes_offset"; unsupported "launch.kernel" (only QEMU measures a kernel),
// "launch.no_kernel_hashes" (a kernel, but the image has no place for its hashes: it would boot
// any), "launch.no_reset_block" (several vCPUs, but the image does not say where they start).
Result<LaunchMeasurement> measure_launch(const LaunchSpec& spec);

}  // namespace claustrum::evidence::snp_launch
