// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/compare.h"

#include <algorithm>

#include "claustrum/codec/hex.h"
#include "claustrum/policy/compare_sections.h"

namespace claustrum::policy {

namespace {

// The end of what is granted for a time; nothing granted ends before all time.
using Grants = std::map<std::string, Instant, std::less<>>;

void grant(Grants& grants, std::string name, Instant until) {
  const auto [at, added] = grants.emplace(std::move(name), until);
  at->second = added ? until : std::max(at->second, until);
}

Grants waivers_of(const Policy& policy) {
  Grants out;
  for (const Waiver& waiver : policy.waivers()) {
    grant(out, "waive." + factor_name(waiver.factor, policy.version()), waiver.until);
  }
  for (const SimulatedRoot& root : policy.simulated()) {
    grant(out, "simulated." + codec::hex_encode(root.spki_sha256), root.until);
  }
  return out;
}

std::string until_text(const Grants& grants, const std::string& name) {
  const auto at = grants.find(name);
  return at == grants.end() ? "no" : "until " + format_rfc3339(at->second);
}

void compare_grants(const Grants& before, const Grants& after, std::vector<Difference>& out) {
  Grants all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [name, until] : all) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old != before.end() && now != after.end() && old->second == now->second) {
      continue;
    }
    const bool wider = old == before.end() || (now != after.end() && now->second > old->second);
    out.push_back({wider ? Change::kWider : Change::kNarrower, name, until_text(before, name),
                   until_text(after, name)});
  }
}

Grants floors_of(const Policy& policy) {
  Grants out;
  for (const Floor& floor : policy.floor_list()) {
    if (floor.crl_this_update) {
      out.emplace("floor." + floor.issuer, *floor.crl_this_update);
    }
  }
  return out;
}

std::string floor_text(const Grants& floors, const std::string& name) {
  const auto at = floors.find(name);
  return at == floors.end() ? "no floor: collateral-current fails"
                            : "from " + format_rfc3339(at->second) + " on";
}

// Without a floor a verifier cannot call a list current and refuses: to name one is to accept more.
void compare_floors(const Grants& before, const Grants& after, std::vector<Difference>& out) {
  Grants all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [name, date] : all) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old != before.end() && now != after.end() && old->second == now->second) {
      continue;
    }
    const bool wider = old == before.end() || (now != after.end() && now->second < old->second);
    out.push_back({wider ? Change::kWider : Change::kNarrower, name, floor_text(before, name),
                   floor_text(after, name)});
  }
}

// The other floors are demands: to strike one is to accept more.
using Demands = std::map<std::string, std::int64_t, std::less<>>;

Demands demands_of(const Policy& policy) {
  Demands out;
  for (const Floor& floor : policy.floor_list()) {
    const std::string name = "floor." + floor.issuer;
    if (floor.evaluation_number) {
      out.emplace(name + ".evaluation-number", *floor.evaluation_number);
    }
    if (floor.tcb_date) {
      out.emplace(name + ".tcb-date", floor.tcb_date->seconds);
    }
  }
  return out;
}

std::string demand_text(const Demands& demands, const std::string& name) {
  const auto at = demands.find(name);
  if (at == demands.end()) {
    return "not demanded";
  }
  return "at least " + (name.ends_with(".tcb-date") ? format_rfc3339(Instant{at->second})
                                                    : std::to_string(at->second));
}

void compare_demands(const Demands& before, const Demands& after, std::vector<Difference>& out) {
  Demands all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [name, value] : all) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old != before.end() && now != after.end() && old->second == now->second) {
      continue;
    }
    const bool wider = now == after.end() || (old != before.end() && now->second < old->second);
    out.push_back({wider ? Change::kWider : Change::kNarrower, name, demand_text(before, name),
                   demand_text(after, name)});
  }
}

void compare_not_offered(const Policy& before, const Policy& after, std::vector<Difference>& out) {
  for (const std::string& factor : before.forbid_not_offered()) {
    if (!after.forbid_not_offered().contains(factor)) {
      out.push_back({Change::kWider, "forbid-not-offered." + factor, "demanded", "not demanded"});
    }
  }
  for (const std::string& factor : after.forbid_not_offered()) {
    if (!before.forbid_not_offered().contains(factor)) {
      out.push_back(
          {Change::kNarrower, "forbid-not-offered." + factor, "not demanded", "demanded"});
    }
  }
}

std::string completeness(const Policy& policy) {
  return policy.missing().empty() ? "complete" : "incomplete: denies everything";
}

void compare_whole(const Policy& before, const Policy& after, std::vector<Difference>& out) {
  if (before.name() != after.name()) {
    out.push_back({Change::kReworded, "name", before.name(), after.name()});
  }
  if (before.version() != after.version()) {
    out.push_back({Change::kReworded, "version", std::to_string(before.version()),
                   std::to_string(after.version())});
  }
  const bool was = before.missing().empty();
  if (was != after.missing().empty()) {
    out.push_back({was ? Change::kNarrower : Change::kWider, "policy", completeness(before),
                   completeness(after)});
  }
}

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::kWider:
      return "wider";
    case Change::kNarrower:
      return "narrower";
    case Change::kChanged:
      return "changed";
    case Change::kReworded:
      return "reworded";
  }
  return "changed";
}

std::vector<Difference> compare(const Policy& before, const Policy& after) {
  std::vector<Difference> out;
  compare_whole(before, after, out);
  const Grants granted = waivers_of(after);
  compare_sections(sections_of(before), sections_of(after), granted.contains("waive.tcb"), out);
  compare_launch_data(before.rules(), after.rules(), out);
  compare_floors(floors_of(before), floors_of(after), out);
  compare_demands(demands_of(before), demands_of(after), out);
  compare_grants(waivers_of(before), granted, out);
  compare_not_offered(before, after, out);
  return out;
}

bool widens(const std::vector<Difference>& differences) {
  return std::any_of(differences.begin(), differences.end(), [](const Difference& difference) {
    return difference.change == Change::kWider || difference.change == Change::kChanged;
  });
}

}  // namespace claustrum::policy
