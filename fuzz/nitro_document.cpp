// SPDX-License-Identifier: Apache-2.0
// Documents from anywhere: parsing, display and verification never fail badly, nothing that no
// trusted root signed is authentic, a document is never of both kinds, and what was read reads back
// the same after being written.
#include "claustrum/base/check.h"
#include "claustrum/evidence/nitro/verify.h"

#include "claustrum/evidence/nitro/format.h"

using namespace claustrum;
using evidence::nitro::Document;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  evidence::VerifyInput in;
  in.evidence = input;
  const evidence::Verification enclave = evidence::nitro::verify(in);
  const evidence::Verification tpm = evidence::nitro::verify_tpm(in);
  CLAUSTRUM_CHECK(!enclave.claims.has_value() && !tpm.claims.has_value());
  const Result<Document> document = evidence::nitro::parse_document(input);
  CLAUSTRUM_CHECK(document.ok() != enclave.malformed && document.ok() != tpm.malformed);
  if (!document.ok()) {
    return 0;
  }
  const auto passes = [](const evidence::Verification& v) {
    return v.factors.find("platform")->status == evidence::FactorStatus::kPass;
  };
  CLAUSTRUM_CHECK(!passes(enclave) || !passes(tpm));
  if (document->unknown_members.empty()) {
    const Bytes payload = evidence::nitro::encode_payload(
        evidence::nitro::payload_members(*document), document->indefinite_map);
    const Bytes again = codec::encode_cbor(codec::Cbor::array(
        {codec::Cbor::bytes({}), codec::Cbor::map({}), codec::Cbor::bytes(payload),
         codec::Cbor::bytes(document->cose.signature)}));
    const Result<Document> read = evidence::nitro::parse_document(again);
    CLAUSTRUM_CHECK(read.ok() && read->registers == document->registers &&
                    read->module_id == document->module_id &&
                    read->cabundle == document->cabundle && read->nonce == document->nonce);
  }
  return 0;
}
