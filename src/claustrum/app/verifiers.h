// SPDX-License-Identifier: Apache-2.0
// The platforms this program verifies, by name.
#pragma once

#include "claustrum/document/verify_document.h"

namespace claustrum::app {

const document::Verifiers& verifiers();

// The platform that evidence claims to be of, by its first bytes; empty when none is known.
std::string detect_platform(BytesView evidence);

}  // namespace claustrum::app
