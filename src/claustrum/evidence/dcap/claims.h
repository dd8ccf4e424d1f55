// SPDX-License-Identifier: Apache-2.0
// Claims that SGX and TDX share, under Intel's field names: the quote's header, the PCK
// certificate's platform, the TCB evaluation. Bytes are full-length lower-case hex in memory order.
#pragma once

#include "claustrum/evidence/dcap/collateral.h"

namespace claustrum::evidence::dcap {

codec::Json hex_json(BytesView bytes);
codec::Json number_json(std::uint64_t value);
// Eight bytes as they stand in memory: "0000001000000000" for bit 28.
codec::Json memory_hex_json(std::uint64_t value);

// Header, quoting enclave and, where a chain is at hand, the platform: into `claims`. `tcb` is what
// judge_tcb found, or nullptr. Works on unverified quotes too: whoever calls decides what the
// claims are worth.
void add_common_claims(const Quote& quote, const Chain* chain, const Documents& documents,
                       const TcbResult* tcb, Claims& claims);

}  // namespace claustrum::evidence::dcap
