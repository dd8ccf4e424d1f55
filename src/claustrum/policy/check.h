// SPDX-License-Identifier: Apache-2.0
// Reading a policy before anybody relies on it: what is missing, what can never hold, what is
// dangerous. Guards against a policy that is complete, valid, and says nothing. Findings have
// stable ids so that a project can allow one of them by name and keep the others an error.
#pragma once

#include "claustrum/policy/policy.h"

namespace claustrum::policy {

enum class Weight {
  kMissing,      // denies everything
  kUnreachable,  // cannot hold, or does nothing
  kDanger,       // accepts what few mean to accept
  kNote,
};
std::string_view to_string(Weight weight);

struct Finding {
  Weight weight = Weight::kNote;
  std::string id;     // "debug-allowed", "simulated-root", ...
  std::string where;  // "platform.intel-tdx.debug"
  std::string text;
};

std::vector<Finding> check_policy(const Policy& policy, Instant now);

using AllowedIds = std::set<std::string, std::less<>>;
// Dangers can be allowed by id; what is missing or unreachable cannot.
bool is_allowed(const Finding& finding, const AllowedIds& allowed);
// Is there anything but notes and what is allowed?
bool faulty(const std::vector<Finding>& findings, const AllowedIds& allowed);

std::string explain(const std::vector<Finding>& findings, const AllowedIds& allowed);
// [{weight, id, where, text, allowed}]
codec::Json findings_json(const std::vector<Finding>& findings, const AllowedIds& allowed);

}  // namespace claustrum::policy
