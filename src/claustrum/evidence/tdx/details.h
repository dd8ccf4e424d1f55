// SPDX-License-Identifier: Apache-2.0
// Claims of a TD under Intel's field names. Bytes are full-length lower-case hex in memory order.
#pragma once

#include "claustrum/evidence/dcap/claims.h"

namespace claustrum::evidence::tdx {

// Works on unverified quotes too: whoever calls decides what the claims are worth. The quote has a
// TD body.
Claims make_claims(const dcap::Quote& quote, const dcap::Chain* chain,
                   const dcap::Documents& documents, const dcap::TcbResult* tcb);

}  // namespace claustrum::evidence::tdx
