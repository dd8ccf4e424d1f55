// SPDX-License-Identifier: Apache-2.0
// Claims of a document under AWS's member names; bytes are full-length lower-case hex.
#pragma once

#include "claustrum/evidence/core/claims.h"
#include "claustrum/evidence/nitro/format.h"

namespace claustrum::evidence::nitro {

std::string_view platform_name(Kind kind);  // "aws-nitro", "aws-nitrotpm"

// Works on unverified documents too: whoever calls decides what the claims are worth. `region` may
// be empty.
Claims make_claims(const Document& document, std::string_view region);

}  // namespace claustrum::evidence::nitro
