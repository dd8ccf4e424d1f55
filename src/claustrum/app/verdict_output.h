// SPDX-License-Identifier: Apache-2.0
// Printing verdicts: one screen for a person, or exactly one JSON object for a program, on every
// exit [ARCHITECTURE 6].
#pragma once

#include "claustrum/policy/explain.h"
#include "claustrum/verify/verify.h"

namespace claustrum::app {

enum class Output { kText, kJson };

// Prints and returns the exit code of the verdict.
int print_verdict(const verify::Verdict& verdict, Output output);
int print_verdict(const policy::VerdictView& view, Output output);
// The same for what could not even be judged: {"verdict":..., "reason":..., "text":...}.
int print_error(const Error& error, Output output);

}  // namespace claustrum::app
