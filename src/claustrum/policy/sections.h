// SPDX-License-Identifier: Apache-2.0
// A policy of either version as sections by platform, for those who read policies instead of
// judging by them: comparison, checks, words. Version 1 is one set of rules for the platforms it
// names; it does not look at measurements of other names, vouchers or standings.
#pragma once

#include "claustrum/policy/policy.h"

namespace claustrum::policy {

// Version 1 with any platform at all.
inline constexpr std::string_view kAnyPlatform = "*";

struct Section {
  PlatformRules rules;
  bool first_version = false;
};
using Sections = std::map<std::string, Section, std::less<>>;

Sections sections_of(const Policy& policy);
// A factor by the name version 2 gives it.
std::string factor_name(std::string_view factor, int version);

}  // namespace claustrum::policy
