// SPDX-License-Identifier: Apache-2.0
// The subcommands of `claustrum policy` that have a file of their own.
#pragma once

#include "claustrum/app/command.h"
#include "claustrum/app/verdict_output.h"
#include "claustrum/policy/policy.h"

namespace claustrum::app {

void add_policy_test(CLI::App& policy, Run& chosen);
void add_policy_import(CLI::App& policy, Run& chosen);

Result<policy::Policy> load_policy(const std::string& path);
// Now, or `at`.
Result<Instant> time_option(const std::string& at);
// The code, or the error as text or as one JSON object.
int finish(const Result<int>& code, bool json);

}  // namespace claustrum::app
