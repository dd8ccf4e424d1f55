// SPDX-License-Identifier: Apache-2.0
// Reports from anywhere: parsing, display and verification without collateral never fail badly, and
// what parses as a known version is exactly what encoding it again gives.
#include "claustrum/base/check.h"
#include "claustrum/evidence/snp/details.h"
#include "claustrum/evidence/snp/verify.h"

using namespace claustrum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  evidence::VerifyInput in;
  in.evidence = input;
  const evidence::Verification verdict = evidence::snp::verify(in);
  CLAUSTRUM_CHECK(!verdict.claims.has_value());
  const Result<evidence::snp::Report> report = evidence::snp::parse_report(input);
  CLAUSTRUM_CHECK(report.ok() != verdict.malformed);
  if (report.ok() && report->version >= evidence::snp::kMinVersion &&
      report->version <= evidence::snp::kMaxVersion) {
    CLAUSTRUM_CHECK(evidence::snp::encode_report(*report) == report->raw);
  }
  return 0;
}
