// SPDX-License-Identifier: Apache-2.0
// What no policy may leave open about program and launch data [PROTOCOL 1]: shared by judge,
// comparison and check, so that the three agree.
#pragma once

#include "claustrum/policy/policy.h"

namespace claustrum::policy {

// Role and engine decide what runs; a policy that takes any of them takes everything.
bool must_be_constrained(std::string_view leaf);
// There are rules, and none of them asks for anything: a guest of another maker has neither role
// nor engine, so its leaves could all be ignored.
bool launch_data_open(const Rules& rules);
// Version 2: the names of which one must be asked for and all are ignored; empty: the program is
// named. Launch data is the host's choice, so without a program it binds nobody.
std::string open_program(std::string_view platform, const PlatformRules& rules);

}  // namespace claustrum::policy
