// SPDX-License-Identifier: Apache-2.0
// Firmware images from anywhere: whatever parses stays inside the image and the limits, and can be
// measured or is refused with an error.
#include "claustrum/base/check.h"
#include "claustrum/evidence/snp_launch/measure.h"

using namespace claustrum;
namespace launch = claustrum::evidence::snp_launch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Mutations seldom keep whole pages: fill up at the start, where nothing is looked for.
  const std::size_t missing = (launch::kPageLen - size % launch::kPageLen) % launch::kPageLen;
  Bytes image(missing);
  append(image, BytesView(data, size));
  const Result<launch::OvmfView> ovmf = launch::parse_ovmf(image);
  if (!ovmf.ok()) {
    return 0;
  }
  std::uint64_t total = 0;
  for (const launch::Section& section : ovmf->sections) {
    CLAUSTRUM_CHECK(section.len % launch::kPageLen == 0);
    total += section.len;
  }
  CLAUSTRUM_CHECK(ovmf->sections.size() <= launch::kMaxSections);
  CLAUSTRUM_CHECK(total <= launch::kMaxSectionBytes);
  if (total > 64 * launch::kPageLen) {
    return 0;  // hashing that much is slow and the same
  }
  launch::LaunchSpec spec;
  spec.firmware = image;
  spec.vcpus = 2;
  spec.kernel = launch::KernelHashes();
  const auto measured = launch::measure_launch(spec);
  CLAUSTRUM_CHECK(!measured.ok() || (ovmf->reset_eip && ovmf->hashes_gpa));
  return 0;
}
