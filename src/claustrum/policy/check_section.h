// SPDX-License-Identifier: Apache-2.0
// The part of check_policy() about one platform's rules. For check.cpp only.
#pragma once

#include "claustrum/policy/check.h"
#include "claustrum/policy/sections.h"

namespace claustrum::policy {

// Does the policy have a floor for the edition of the vendor's lists, beside the sections' rules?
enum class ListFloor { kNone, kGiven };

void check_section(const std::string& platform, const Section& section, ListFloor list_floor,
                   Instant now, std::vector<Finding>& out);
// What names nothing on this platform: misspelled values and names, lengths no value has.
void check_names(const std::string& platform, const PlatformRules& rules,
                 std::vector<Finding>& out);
// Which program, and how it is set up: what is open although it looks named.
void check_identity(const std::string& platform, const PlatformRules& rules,
                    std::vector<Finding>& out);
// The values a rule names; none for floors, bits and ignore.
std::vector<codec::Json> values_of(const Rule& rule);
// An empty one-of, which holds for nothing.
void check_list(const std::string& where, const Rule& rule, std::vector<Finding>& out);
// Something granted until a date that has passed, or that is far away.
void check_end(const std::string& where, Instant until, Instant now, std::vector<Finding>& out);

}  // namespace claustrum::policy
