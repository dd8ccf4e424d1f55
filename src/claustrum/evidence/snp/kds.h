// SPDX-License-Identifier: Apache-2.0
// Addresses of AMD's Key Distribution Service [AMD 57230]. Verification never fetches; it prints
// the exact address of what is missing, so that an operator can bring it along.
#pragma once

#include "claustrum/evidence/snp/format.h"

namespace claustrum::evidence::snp {

enum class LeafKind { kVcek, kVlek };

// Turin is asked for by 8 bytes of chip id and with fmcSPL; the 64-byte id gives 404 there.
std::string kds_vcek_url(std::string_view product, BytesView chip_id, const Tcb& tcb);
// PEM: intermediate, then ARK.
std::string kds_chain_url(std::string_view product, LeafKind kind);
std::string kds_crl_url(std::string_view product, LeafKind kind);

}  // namespace claustrum::evidence::snp
