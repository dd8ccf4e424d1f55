// SPDX-License-Identifier: Apache-2.0
// SNP evidence as guests of any make send it: base64 or the fields of a Rust struct. Fields either
// give a whole report or nothing.
#include "claustrum/base/check.h"
#include "claustrum/kbs/snp_evidence.h"
#include "claustrum/kbs/snp_serde.h"

using namespace claustrum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto primary = codec::parse_json(BytesView(data, size));
  if (!primary.ok()) {
    return 0;
  }
  const auto raw = kbs::snp_report_from_serde(*primary);
  CLAUSTRUM_CHECK(!raw.ok() || raw->size() == 1184);
  const auto evidence = kbs::parse_snp_evidence(*primary);
  if (evidence.ok()) {
    const auto again = kbs::parse_snp_evidence(
        kbs::make_snp_evidence({"amd-sev-snp", evidence->report, evidence->collateral}));
    CLAUSTRUM_CHECK(again.ok() && again->report == evidence->report);
  }
  return 0;
}
