// SPDX-License-Identifier: Apache-2.0
// SGX extensions of PCK certificates from anywhere: none has two meanings, and what one means is
// read back from what is written of it. The same bytes are also taken for a PEM chain.
#include "claustrum/base/check.h"
#include "claustrum/evidence/dcap/chain.h"

using namespace claustrum;
using namespace claustrum::evidence::dcap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const Result<std::vector<Bytes>> ders = split_pem_chain(input);
  CLAUSTRUM_CHECK(!ders.ok() || (!ders->empty() && ders->size() <= 16));
  const Result<PckExtension> read = parse_pck_extension(input);
  if (!read.ok()) {
    CLAUSTRUM_CHECK(read.error().reason() == "dcap.pck.extension");
    return 0;
  }
  // Members may come in another order, so the bytes differ; the meaning must not.
  const Bytes written = serialize_pck_extension(*read);
  CLAUSTRUM_CHECK(written.size() == size);
  const Result<PckExtension> again = parse_pck_extension(written);
  CLAUSTRUM_CHECK(again.ok() && serialize_pck_extension(*again) == written);
  CLAUSTRUM_CHECK(again->ppid == read->ppid && again->fmspc == read->fmspc);
  return 0;
}
