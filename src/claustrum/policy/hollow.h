// SPDX-License-Identifier: Apache-2.0
// Rules that look like demands and hold for everything: a floor of zero, a list of all values there
// are. In version 2 they are errors, for "nothing is optional" means that what is open says so and
// why [docs/formats/policy.md, hollow rules].
#pragma once

#include "claustrum/policy/rule.h"

namespace claustrum::policy {

using Values = std::vector<codec::Json>;

// All values a member can have, where they are few; else empty.
Values all_booleans();
// What a platform's evidence says of its firmware, Revoked left out, which no rule takes.
Values all_standings(std::string_view platform);

// Malformed "policy.hollow"; "policy.rule" for a list that names a value twice.
Status check_not_hollow(const Rule& rule, const Values& all);

}  // namespace claustrum::policy
