// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/launch_rules.h"

#include <algorithm>

namespace claustrum::policy {

bool must_be_constrained(std::string_view leaf) {
  return leaf == "role" || leaf.starts_with("engine.");
}

bool launch_data_open(const Rules& rules) {
  const auto open = [](const Rule& rule) { return std::holds_alternative<Ignore>(rule); };
  const bool digest_open = !rules.init_data_digest || open(*rules.init_data_digest);
  const bool fields_open =
      !rules.init_data_fields ||
      std::all_of(rules.init_data_fields->begin(), rules.init_data_fields->end(),
                  [&](const auto& leaf) { return open(leaf.second); });
  return (rules.init_data_digest || rules.init_data_fields) && digest_open && fields_open;
}

}  // namespace claustrum::policy
