// SPDX-License-Identifier: Apache-2.0
// The names factors have, so that a policy that speaks of one cannot speak of none: a mistyped name
// in forbid-not-offered would ask for nothing.
#pragma once

#include <string_view>

namespace claustrum::policy {

bool is_factor_name(std::string_view name);

}  // namespace claustrum::policy
