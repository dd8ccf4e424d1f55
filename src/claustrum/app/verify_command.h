// SPDX-License-Identifier: Apache-2.0
// The command line of verifying, the same for `claustrum verify` and for claustrum-verify.
#pragma once

#include "claustrum/app/command.h"

namespace claustrum::app {

inline constexpr std::string_view kVerifyDescription = "Judge evidence and explain the verdict";

// `program` is how examples in the help name it.
void set_up_verify(CLI::App& command, const std::string& program, Run& chosen);

}  // namespace claustrum::app
