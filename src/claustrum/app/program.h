// SPDX-License-Identifier: Apache-2.0
// From a command line to an exit code, for every program of this folder.
#pragma once

#include "claustrum/app/command.h"

namespace claustrum::app {

// First of all: a standard stream that the caller closed leaves its number to the first file
// opened, a key file for example, and what is printed would go there. Something takes the number
// that only fails.
void hold_standard_streams();

// What to print where the command line is wrong.
enum class UsageError {
  kText,
  kJsonVerdict,  // and one JSON object: the caller is a program that asked for a verdict
};

// Parses, runs what was chosen, and sees to it that all output arrived.
int run_program(CLI::App& app, int argc, char** argv, const Run& chosen, UsageError usage);

// Is there this argument, from argv[first] on?
bool has_argument(int argc, char** argv, int first, std::string_view wanted);

}  // namespace claustrum::app
