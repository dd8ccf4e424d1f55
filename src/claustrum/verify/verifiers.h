// SPDX-License-Identifier: Apache-2.0
// The platforms that are verified, by name. Listed by hand: nothing registers itself.
#pragma once

#include "claustrum/document/verify_document.h"

namespace claustrum::verify {

const document::Verifiers& verifiers();
// Unsupported "verify.platform" for a name that is not among them.
Result<document::Verifiers::const_iterator> find_verifier(std::string_view platform);

// The platform that evidence claims to be of, by its first bytes; empty when none is known.
std::string detect_platform(BytesView evidence);

}  // namespace claustrum::verify
