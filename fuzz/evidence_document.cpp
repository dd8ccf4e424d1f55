// SPDX-License-Identifier: Apache-2.0
// Any bytes are refused or a document that survives writing and reading.
#include "claustrum/document/evidence_document.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = claustrum::document::parse_evidence_document({data, size});
  if (!document.ok()) {
    return 0;
  }
  const std::string text = claustrum::document::serialize(*document);
  const auto again = claustrum::document::parse_evidence_document(claustrum::as_bytes(text));
  if (!again.ok() || claustrum::document::serialize(*again) != text) {
    std::abort();
  }
  const claustrum::document::Nonce nonce{};
  if (claustrum::document::report_data(document->role, nonce, document->sections()) !=
      claustrum::document::report_data(again->role, nonce, again->sections())) {
    std::abort();
  }
  if (document->batch) {
    (void)claustrum::document::batch_root(*document->batch, nonce);
  }
  return 0;
}
