// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/check.h"

#include <algorithm>

#include "claustrum/codec/hex.h"
#include "claustrum/policy/check_section.h"
#include "claustrum/policy/launch_rules.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;

void check_missing(const Policy& policy, std::vector<Finding>& out) {
  for (const std::string& name : policy.missing()) {
    out.push_back({Weight::kMissing, "missing", name, "no rule: the whole policy denies"});
  }
}

// Evidence of machines that were started without launch data is taken, which is a thing to know.
void check_empty_slot(const Rule& digest, std::vector<Finding>& out) {
  const std::vector<Json> values = values_of(digest);
  if (std::ranges::any_of(values, [](const Json& value) {
        return value.string().find_first_not_of('0') == std::string::npos;
      })) {
    out.push_back({Weight::kNote, "no-launch-data", "init-data.digest",
                   "zeros are no document's digest: nothing but the program binds what runs"});
  }
}

void check_launch_data(const Rules& rules, std::vector<Finding>& out) {
  if (launch_data_open(rules)) {
    out.push_back({Weight::kUnreachable, "init-data-open", "init-data",
                   "nothing but ignore: denies, because any program would do"});
  }
  if (rules.init_data_digest) {
    check_list("init-data.digest", *rules.init_data_digest, out);
    check_empty_slot(*rules.init_data_digest, out);
  }
  if (!rules.init_data_fields) {
    return;
  }
  for (const auto& [leaf, rule] : *rules.init_data_fields) {
    const std::string where = "init-data.fields." + leaf;
    check_list(where, rule, out);
    if (must_be_constrained(leaf) && std::holds_alternative<Ignore>(rule)) {
      out.push_back({Weight::kUnreachable, "init-data-open", where,
                     "role and engine cannot be ignored: denies"});
    }
  }
}

// What a waiver of it gives up.
bool is_grave(std::string_view factor) {
  return !factor.starts_with("ledger-") && factor != "software" && !factor.ends_with("-rim");
}

bool waives(const Policy& policy, std::string_view factor) {
  return std::ranges::any_of(policy.waivers(),
                             [&](const Waiver& waiver) { return waiver.factor == factor; });
}

template <typename Member>
bool has_floor(const Policy& policy, Member member) {
  return std::ranges::any_of(policy.floor_list(),
                             [&](const Floor& floor) { return (floor.*member).has_value(); });
}

void check_grants(const Policy& policy, Instant now, std::vector<Finding>& out) {
  for (const Waiver& waiver : policy.waivers()) {
    const std::string where = "waive." + waiver.factor;
    const bool grave = is_grave(waiver.factor);
    out.push_back({grave ? Weight::kDanger : Weight::kNote, grave ? "grave-waiver" : "waiver",
                   where,
                   "does without it until " + format_rfc3339(waiver.until) + ": " + waiver.reason});
    check_end(where, waiver.until, now, out);
  }
  for (const SimulatedRoot& root : policy.simulated()) {
    const std::string where = "simulated." + codec::hex_encode(root.spki_sha256);
    out.push_back({Weight::kDanger, "simulated-root", where,
                   "takes simulated evidence, which protects nothing: " + root.reason});
    check_end(where, root.until, now, out);
  }
  if (!has_floor(policy, &Floor::crl_this_update) && !waives(policy, "collateral-current")) {
    out.push_back(
        {Weight::kUnreachable, "no-floor", "floor",
         "without a floor no revocation list counts as current, and evidence is refused"});
  }
}

}  // namespace

std::string_view to_string(Weight weight) {
  switch (weight) {
    case Weight::kMissing:
      return "missing";
    case Weight::kUnreachable:
      return "unreachable";
    case Weight::kDanger:
      return "danger";
    case Weight::kNote:
      return "note";
  }
  return "missing";
}

std::vector<Finding> check_policy(const Policy& policy, Instant now) {
  std::vector<Finding> out;
  check_missing(policy, out);
  const bool edition = has_floor(policy, &Floor::evaluation_number);
  for (const auto& [platform, section] : sections_of(policy)) {
    check_section(platform, section, edition ? ListFloor::kGiven : ListFloor::kNone, now, out);
  }
  if (policy.rules().platform) {
    check_list("platform", *policy.rules().platform, out);
  }
  check_launch_data(policy.rules(), out);
  check_grants(policy, now, out);
  return out;
}

bool is_allowed(const Finding& finding, const AllowedIds& allowed) {
  return finding.weight == Weight::kDanger && allowed.contains(finding.id);
}

bool faulty(const std::vector<Finding>& findings, const AllowedIds& allowed) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.weight != Weight::kNote && !is_allowed(finding, allowed);
  });
}

std::string explain(const std::vector<Finding>& findings, const AllowedIds& allowed) {
  std::string out;
  for (const Finding& finding : findings) {
    const std::string weight =
        is_allowed(finding, allowed) ? "allowed" : std::string(to_string(finding.weight));
    out += "  " + padded(weight, 13) + padded(finding.id, 24) + clean(finding.where) + ": " +
           clean(finding.text) + "\n";
  }
  return out;
}

Json findings_json(const std::vector<Finding>& findings, const AllowedIds& allowed) {
  Json out = Json::array();
  for (const Finding& finding : findings) {
    Json entry = Json::object();
    entry.set("weight", to_string(finding.weight))
        .set("id", finding.id)
        .set("where", finding.where)
        .set("text", finding.text)
        .set("allowed", is_allowed(finding, allowed));
    out.push(std::move(entry));
  }
  return out;
}

}  // namespace claustrum::policy
