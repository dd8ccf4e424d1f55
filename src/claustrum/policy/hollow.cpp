// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/hollow.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

using codec::Json;

// 2017-01-01: no vendor's list is older, so an earlier date asks for nothing.
constexpr Instant kBeforeAll = {1483228800};

bool holds_for_all(const Rule& rule, const Values& all) {
  if (const auto* floor = std::get_if<AtLeast>(&rule)) {
    return floor->value <= 0;
  }
  if (const auto* floor = std::get_if<AtLeastDate>(&rule)) {
    return floor->value <= kBeforeAll;
  }
  const auto* set = std::get_if<OneOf>(&rule);
  return set != nullptr && !all.empty() && std::ranges::all_of(all, [&](const Json& value) {
           return std::ranges::find(set->values, value) != set->values.end();
         });
}

bool names_twice(const Rule& rule) {
  const auto* set = std::get_if<OneOf>(&rule);
  if (set == nullptr) {
    return false;
  }
  for (auto at = set->values.begin(); at != set->values.end(); ++at) {
    if (std::find(std::next(at), set->values.end(), *at) != set->values.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace

Values all_booleans() {
  return {Json(true), Json(false)};
}

Values all_standings(std::string_view platform) {
  Values out;
  for (const std::string_view word : facts_of(platform).standings) {
    if (word != kRevoked) {
      out.emplace_back(word);
    }
  }
  return out;
}

Status check_not_hollow(const Rule& rule, const Values& all) {
  if (!CLAUSTRUM_GUARD("policy.hollow", !holds_for_all(rule, all))) {
    return Error(Code::kMalformed, "policy.hollow",
                 "holds for everything: say ignore with a reason instead");
  }
  if (!CLAUSTRUM_GUARD("policy.named_twice", !names_twice(rule))) {
    return Error(Code::kMalformed, "policy.rule", "one-of names a value twice");
  }
  return ok_status();
}

}  // namespace claustrum::policy
