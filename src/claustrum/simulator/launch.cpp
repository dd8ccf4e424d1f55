// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/launch.h"

#include <algorithm>

namespace claustrum::simulator {

using evidence::snp_launch::kPageLen;

ByteArray<48> measure_workload(BytesView file) {
  evidence::snp_launch::LaunchDigest out;
  for (std::uint64_t gpa = 0; !file.empty(); gpa += kPageLen) {
    const BytesView part = file.first(std::min(file.size(), kPageLen));
    Bytes page = to_bytes(part);
    page.resize(kPageLen);
    out.add_page(evidence::snp_launch::PageType::kNormal, page, gpa);
    file = file.subspan(part.size());
  }
  return out.value();
}

}  // namespace claustrum::simulator
