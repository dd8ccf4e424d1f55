// SPDX-License-Identifier: Apache-2.0
// The demo's work folder. It holds the keys of all parties, so it goes when the demo ends, however
// it ends: what a killed demo left behind is removed when the next one starts.
#pragma once

#include <string>

#include "claustrum/base/result.h"

namespace claustrum::app {

// A new folder (0700) for this process, after removing those of processes that are gone.
Result<std::string> make_demo_folder();

}  // namespace claustrum::app
