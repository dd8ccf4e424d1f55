// SPDX-License-Identifier: Apache-2.0
// Enclave identities: which enclave Intel's quoting enclave is, and what its versions are worth.
#include <algorithm>

#include "claustrum/base/reader.h"
#include "claustrum/evidence/dcap/document.h"

namespace claustrum::evidence::dcap {
namespace {

// Intel issues identities of two more enclaves; an evaluation refuses them (dcap.qe.id).
constexpr std::string_view kIds[] = {kIdQe, kIdTdQe, "QVE", "QAE"};

Status read_masks(JsonView document, QeIdentity& out) {
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<4> misc, hex_in<4>(document, "miscselect"));
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<4> misc_mask, hex_in<4>(document, "miscselectMask"));
  out.misc_select = ByteReader(misc, "miscselect").u32le();
  out.misc_select_mask = ByteReader(misc_mask, "miscselectMask").u32le();
  CLAUSTRUM_TRY_ASSIGN(out.attributes, hex_in<16>(document, "attributes"));
  CLAUSTRUM_TRY_ASSIGN(out.attributes_mask, hex_in<16>(document, "attributesMask"));
  return ok_status();
}

Result<QeIdentity> read_qe_identity(BytesView json) {
  CLAUSTRUM_TRY_ASSIGN(const JsonText text, parse_document(json));
  const JsonView document = text.root();
  QeIdentity out;
  CLAUSTRUM_TRY_ASSIGN(out.version, integer_at(document, "version"));
  if (out.version != 2) {
    return Error(Code::kUnsupported, "dcap.qe_identity_version",
                 "enclave identity version " + std::to_string(out.version));
  }
  CLAUSTRUM_TRY_ASSIGN(out.id, string_at(document, "id"));
  if (std::ranges::find(kIds, out.id) == std::end(kIds)) {
    return Error(Code::kMalformed, "dcap.document", "member \"id\"");
  }
  CLAUSTRUM_TRY_ASSIGN(out.issue_date, date_at(document, "issueDate"));
  CLAUSTRUM_TRY_ASSIGN(out.next_update, date_at(document, "nextUpdate"));
  CLAUSTRUM_TRY_ASSIGN(out.evaluation_data_number,
                       number_at(document, "tcbEvaluationDataNumber", kMaxEvaluationNumber));
  CLAUSTRUM_TRY(read_masks(document, out));
  CLAUSTRUM_TRY_ASSIGN(out.mr_signer, hex_in<32>(document, "mrsigner"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t prod_id, number_at(document, "isvprodid", 0xffff));
  out.isv_prod_id = static_cast<std::uint16_t>(prod_id);
  CLAUSTRUM_TRY_ASSIGN(out.levels, svn_levels_at(document));
  return out;
}

}  // namespace

Result<QeIdentity> parse_qe_identity(BytesView json) {
  Result<QeIdentity> identity = read_qe_identity(json);
  if (!identity.ok()) {
    return document_fault(identity.error(), "dcap.qe_identity");
  }
  return identity;
}

}  // namespace claustrum::evidence::dcap
