// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/measure.h"

#include "claustrum/base/guard.h"

namespace claustrum::evidence::snp_launch {
namespace {

Status check_spec(const LaunchSpec& spec) {
  if (spec.vcpus == 0 || spec.vcpus > kMaxVcpus) {
    return Error(Code::kMalformed, "launch.vcpus", "1 to 4096 vCPUs");
  }
  const bool snp = (spec.guest_features & kFeatureSnpActive) != 0;
  if (!CLAUSTRUM_GUARD("evidence.snp_launch.features", snp)) {
    return Error(Code::kMalformed, "launch.features", "bit 0 is not set: no SEV-SNP guest");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp_launch.kernel", !spec.kernel || spec.vmm == Vmm::kQemu)) {
    return Error(Code::kUnsupported, "launch.kernel",
                 std::string(to_string(spec.vmm)) + " measures no kernel: only QEMU boots one");
  }
  return ok_status();
}

// A kernel whose hashes go nowhere is not measured: any other would give the same digest.
Result<Bytes> hashes_page(const LaunchSpec& spec, const OvmfView& ovmf) {
  if (!spec.kernel) {
    return Bytes();
  }
  const Section* section = ovmf.find(SectionKind::kKernelHashes);
  const std::uint64_t at = ovmf.hashes_gpa.value_or(0);
  const bool placed = section != nullptr && ovmf.hashes_gpa && at >= section->gpa &&
                      at < std::uint64_t{section->gpa} + section->len;
  if (!CLAUSTRUM_GUARD("evidence.snp_launch.kernel_hashes", placed)) {
    return Error(Code::kUnsupported, "launch.no_kernel_hashes",
                 "the image has no page for kernel hashes (an AmdSev build has): the kernel would "
                 "not be measured");
  }
  return kernel_hashes_page(*spec.kernel, static_cast<std::size_t>(at % kPageLen));
}

void add_section(LaunchDigest& digest, const Section& section, Vmm vmm, BytesView hashes) {
  switch (section.kind) {
    case SectionKind::kSecureMemory:
      digest.add_empty_pages(vmm == Vmm::kGce ? PageType::kUnmeasured : PageType::kZero,
                             section.len, section.gpa);
      return;
    case SectionKind::kSvsmCaa:
      digest.add_empty_pages(PageType::kZero, section.len, section.gpa);
      return;
    case SectionKind::kSecrets:
      digest.add_page(PageType::kSecrets, {}, section.gpa);
      return;
    case SectionKind::kCpuid:
      digest.add_page(PageType::kCpuid, {}, section.gpa);
      return;
    case SectionKind::kKernelHashes:
      digest.add_page(hashes.empty() ? PageType::kZero : PageType::kNormal, hashes, section.gpa);
      return;
  }
}

void add_sections(LaunchDigest& digest, const OvmfView& ovmf, Vmm vmm, BytesView hashes) {
  const bool cpuid_last = vmm == Vmm::kEc2 || vmm == Vmm::kEc2Rdx0;
  for (const bool last : {false, true}) {
    for (const Section& section : ovmf.sections) {
      if ((cpuid_last && section.kind == SectionKind::kCpuid) == last) {
        add_section(digest, section, vmm, hashes);
      }
    }
  }
}

Status add_vcpus(LaunchDigest& digest, const LaunchSpec& spec, const OvmfView& ovmf) {
  VcpuState state{spec.vmm, kResetVector, spec.vcpu_signature, spec.guest_features};
  digest.add_page(PageType::kVmsa, vmsa_page(state), kVmsaGpa);
  if (spec.vcpus == 1) {
    return ok_status();
  }
  if (!ovmf.reset_eip) {
    return Error(Code::kUnsupported, "launch.no_reset_block",
                 "the image does not say where other vCPUs start");
  }
  state.eip = *ovmf.reset_eip;
  const Bytes page = vmsa_page(state);
  for (std::uint32_t i = 1; i < spec.vcpus; ++i) {
    digest.add_page(PageType::kVmsa, page, kVmsaGpa);
  }
  return ok_status();
}

}  // namespace

Result<LaunchMeasurement> measure_launch(const LaunchSpec& spec) {
  CLAUSTRUM_TRY(check_spec(spec));
  CLAUSTRUM_TRY_ASSIGN(const OvmfView ovmf, parse_ovmf(spec.firmware));
  CLAUSTRUM_TRY_ASSIGN(const Bytes hashes, hashes_page(spec, ovmf));
  LaunchMeasurement out;
  LaunchDigest digest;
  out.after_firmware = digest.add_pages(PageType::kNormal, ovmf.image, ovmf.gpa()).value();
  add_sections(digest, ovmf, spec.vmm, hashes);
  out.after_sections = digest.value();
  CLAUSTRUM_TRY(add_vcpus(digest, spec, ovmf));
  out.digest = digest.value();
  out.firmware_gpa = ovmf.gpa();
  out.sections = ovmf.sections;
  out.reset_eip = ovmf.reset_eip;
  return out;
}

}  // namespace claustrum::evidence::snp_launch
