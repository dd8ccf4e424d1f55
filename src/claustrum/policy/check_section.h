// SPDX-License-Identifier: Apache-2.0
// The part of check_policy() about one platform's rules. For check.cpp only.
#pragma once

#include "claustrum/policy/check.h"
#include "claustrum/policy/sections.h"

namespace claustrum::policy {

void check_section(const std::string& platform, const Section& section, Instant now,
                   std::vector<Finding>& out);
// An empty one-of, which holds for nothing.
void check_list(const std::string& where, const Rule& rule, std::vector<Finding>& out);
// Something granted until a date that has passed, or that is far away.
void check_end(const std::string& where, Instant until, Instant now, std::vector<Finding>& out);

}  // namespace claustrum::policy
