// SPDX-License-Identifier: Apache-2.0
// What changed between two policies, in meaning [docs/formats/policy.md]. The mistake guarded
// against: a change read as harmless that accepts what was refused before. A comparison without
// widens() promises that the new policy refuses whatever the old one refused, for the same
// findings of a verifier.
#pragma once

#include "claustrum/policy/policy.h"

namespace claustrum::policy {

enum class Change {
  kWider,     // accepts something that was refused
  kNarrower,  // refuses something that was accepted
  kChanged,   // both
  kReworded,  // only words: names and reasons
};
std::string_view to_string(Change change);

struct Difference {
  Change change = Change::kReworded;
  std::string where;  // "platform.intel-tdx.tcb-date", "waive.debug"
  std::string before;
  std::string after;
};

std::vector<Difference> compare(const Policy& before, const Policy& after);
bool widens(const std::vector<Difference>& differences);

// One line a difference, widenings first.
std::string explain(const std::vector<Difference>& differences);
// {widens, differences: [{change, where, before, after}]}
codec::Json differences_json(const std::vector<Difference>& differences);

}  // namespace claustrum::policy
