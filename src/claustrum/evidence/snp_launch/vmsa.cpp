// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/vmsa.h"

namespace claustrum::evidence::snp_launch {
namespace {

// What KVM and the VMMs set differently.
struct Defaults {
  std::uint16_t cs = 0x9B;  // of the first vCPU
  std::uint16_t ss = 0x93;
  std::uint16_t tr = 0x8B;
  std::uint64_t pat = 0x0007040600070406;
  std::uint64_t rdx = 0x600;  // KVM's, where the VMM has not yet set a CPUID
  std::uint32_t mxcsr = 0;
  std::uint16_t fcw = 0;
};

Defaults defaults_of(const VcpuState& state) {
  switch (state.vmm) {
    case Vmm::kQemu:
      return {.rdx = state.signature, .mxcsr = 0x1F80, .fcw = 0x37F};
    case Vmm::kEc2:
      return {.cs = 0x9A, .ss = 0x92, .tr = 0x83};
    case Vmm::kEc2Rdx0:
      return {.cs = 0x9A, .ss = 0x92, .tr = 0x83, .rdx = 0};
    case Vmm::kGce:
      return {.pat = 0x00070106};
  }
  check_failed("VMM", __FILE__, __LINE__);
}

// Fields by their offset in the page; everything else is zero.
class Page {
 public:
  Page& put(std::size_t at, std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      bytes_[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    return *this;
  }
  Page& u64(std::size_t at, std::uint64_t value) { return put(at, value, 8); }
  Page& segment(std::size_t at, std::uint16_t selector, std::uint16_t attributes,
                std::uint64_t base = 0) {
    constexpr std::uint32_t kLimit = 0xFFFF;
    return put(at, selector, 2).put(at + 2, attributes, 2).put(at + 4, kLimit, 4).u64(at + 8, base);
  }
  Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_ = Bytes(kPageLen);
};

}  // namespace

std::string_view to_string(Vmm vmm) {
  switch (vmm) {
    case Vmm::kQemu:
      return "qemu";
    case Vmm::kEc2:
      return "ec2";
    case Vmm::kEc2Rdx0:
      return "ec2-rdx0";
    case Vmm::kGce:
      return "gce";
  }
  return "unknown";
}

Result<Vmm> parse_vmm(std::string_view name) {
  for (const Vmm vmm : {Vmm::kQemu, Vmm::kEc2, Vmm::kEc2Rdx0, Vmm::kGce}) {
    if (to_string(vmm) == name) {
      return vmm;
    }
  }
  return Error(Code::kUnsupported, "launch.vmm",
               "known VMMs: qemu, ec2, ec2-rdx0, gce; no other's initial state is known for sure");
}

Bytes vmsa_page(const VcpuState& state) {
  const Defaults d = defaults_of(state);
  const bool first = state.eip == kResetVector;
  Page page;
  page.segment(0x00, 0, 0x93);  // ES
  page.segment(0x10, 0xF000, first ? d.cs : std::uint16_t{0x9B}, state.eip & 0xFFFF0000U);
  page.segment(0x20, 0, d.ss);
  page.segment(0x30, 0, 0x93).segment(0x40, 0, 0x93).segment(0x50, 0, 0x93);  // DS, FS, GS
  page.segment(0x60, 0, 0);                                                   // GDTR
  page.segment(0x70, 0, 0x82);                                                // LDTR
  page.segment(0x80, 0, 0);                                                   // IDTR
  page.segment(0x90, 0, d.tr);
  page.u64(0x0D0, 0x1000);                               // EFER: SVME, set by KVM
  page.u64(0x148, 0x40);                                 // CR4: MCE, set by KVM
  page.u64(0x158, 0x10);                                 // CR0
  page.u64(0x160, 0x400).u64(0x168, 0xFFFF0FF0);         // DR7, DR6
  page.u64(0x170, 0x2).u64(0x178, state.eip & 0xFFFFU);  // RFLAGS, RIP
  page.u64(0x268, d.pat);
  page.u64(0x310, d.rdx);
  page.u64(0x3B0, state.guest_features);
  page.u64(0x3E8, 1);  // XCR0
  page.put(0x408, d.mxcsr, 4).put(0x410, d.fcw, 2);
  return std::move(page).take();
}

}  // namespace claustrum::evidence::snp_launch
