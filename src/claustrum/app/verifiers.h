// SPDX-License-Identifier: Apache-2.0
// The platforms this program verifies, by name.
#pragma once

#include "claustrum/document/verify_document.h"

namespace claustrum::app {

const document::Verifiers& verifiers();

}  // namespace claustrum::app
