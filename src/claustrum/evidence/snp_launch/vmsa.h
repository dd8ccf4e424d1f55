// SPDX-License-Identifier: Apache-2.0
// The VMSA page a vCPU starts with [AMD64 APM volume 2, table B-4]: its registers are measured, so
// a host cannot start a guest in another state. What a VMM sets differs a little from VMM to VMM;
// every value here is public and none is read from the machine.
#pragma once

#include "claustrum/base/result.h"
#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::evidence::snp_launch {

// kEc2Rdx0: EC2 hosts before 2026 left RDX zero. kGce: 48 address bits (Milan) only.
enum class Vmm { kQemu, kEc2, kEc2Rdx0, kGce };
std::string_view to_string(Vmm vmm);
// "qemu", "ec2", "ec2-rdx0", "gce"; unsupported "launch.vmm".
Result<Vmm> parse_vmm(std::string_view name);

// Where the first vCPU starts: the x86 reset vector.
inline constexpr std::uint32_t kResetVector = 0xFFFFFFF0;
// Bit 0 of SEV_FEATURES: an SEV-SNP guest.
inline constexpr std::uint64_t kFeatureSnpActive = 1;

struct VcpuState {
  Vmm vmm = Vmm::kQemu;
  std::uint32_t eip = kResetVector;
  std::uint32_t signature = 0;  // CPUID Fn0000_0001 EAX; used by kQemu
  std::uint64_t guest_features = kFeatureSnpActive;
};

// 4096 bytes.
Bytes vmsa_page(const VcpuState& state);

}  // namespace claustrum::evidence::snp_launch
