// SPDX-License-Identifier: Apache-2.0
// The parts of compare() that go rule by rule. For compare.cpp only.
#pragma once

#include "claustrum/policy/compare.h"
#include "claustrum/policy/sections.h"

namespace claustrum::policy {

// `tcb_waived`: does the new policy waive "tcb".
void compare_sections(const Sections& before, const Sections& after, bool tcb_waived,
                      std::vector<Difference>& out);
void compare_launch_data(const Rules& before, const Rules& after, std::vector<Difference>& out);

}  // namespace claustrum::policy
