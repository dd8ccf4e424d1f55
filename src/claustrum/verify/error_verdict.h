// SPDX-License-Identifier: Apache-2.0
// What could not even be judged, in the terms of the verify contract [ARCHITECTURE 6]: programs
// that asked for a verdict get an exit code and one JSON object whatever happened.
#pragma once

#include "claustrum/base/error.h"
#include "claustrum/codec/json.h"

namespace claustrum::verify {

// 10 refused, 20 unsupported, 30 malformed, 2 usage, 1 internal or unavailable.
int exit_code(const Error& error);
// "refused", "unsupported", "malformed", "usage", "unavailable", "internal".
std::string_view verdict_word(const Error& error);
// The one factor "input".
codec::Json error_json(const Error& error);

}  // namespace claustrum::verify
