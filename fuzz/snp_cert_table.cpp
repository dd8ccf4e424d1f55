// SPDX-License-Identifier: Apache-2.0
// Certificate tables as a host writes them: every entry stays inside the table.
#include "claustrum/base/check.h"
#include "claustrum/evidence/snp/cert_table.h"

using namespace claustrum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto entries = evidence::snp::parse_cert_table(BytesView(data, size));
  if (!entries.ok()) {
    return 0;
  }
  for (const evidence::snp::TableEntry& entry : *entries) {
    CLAUSTRUM_CHECK(entry.data.size() <= size);
  }
  CLAUSTRUM_CHECK(evidence::snp::collateral_of(*entries).size() <= entries->size());
  const Bytes again = evidence::snp::encode_cert_table(*entries);
  if (again.size() <= evidence::snp::kMaxTableLen) {
    CLAUSTRUM_CHECK(evidence::snp::parse_cert_table(again)->size() == entries->size());
  }
  return 0;
}
