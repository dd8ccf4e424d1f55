// SPDX-License-Identifier: Apache-2.0
// Enclave identities from anywhere: what is read is in order and has none but its three statuses.
#include <algorithm>

#include "claustrum/base/check.h"
#include "claustrum/evidence/dcap/tcb_match.h"

using namespace claustrum;
using namespace claustrum::evidence::dcap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<QeIdentity> identity = parse_qe_identity(BytesView(data, size));
  if (!identity.ok()) {
    CLAUSTRUM_CHECK(identity.error().reason().starts_with("dcap."));
    return 0;
  }
  CLAUSTRUM_CHECK(!identity->levels.empty());
  CLAUSTRUM_CHECK(
      std::ranges::is_sorted(identity->levels, std::ranges::greater(), &SvnLevel::isv_svn));
  for (const SvnLevel& level : identity->levels) {
    CLAUSTRUM_CHECK(level.status == TcbStatus::kUpToDate || level.status == TcbStatus::kOutOfDate ||
                    level.status == TcbStatus::kRevoked);
    CLAUSTRUM_CHECK(match_svn(identity->levels, level.isv_svn) != nullptr);
  }
  SgxReportBody qe;
  qe.misc_select = identity->misc_select;
  qe.attributes = identity->attributes;
  qe.mr_signer = identity->mr_signer;
  qe.isv_prod_id = identity->isv_prod_id;
  (void)check_qe_identity(*identity, qe);
  return 0;
}
