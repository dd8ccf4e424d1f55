// SPDX-License-Identifier: Apache-2.0
// What a parsed policy says of itself; reading its text is policy_parser.cpp.
#include "claustrum/policy/policy.h"

#include <algorithm>
#include <span>

namespace claustrum::policy {

namespace {

// [docs/formats/policy.md, waivers] Lists of what may be waived, not of what may not: a factor a
// later platform adds is outside them until somebody decides otherwise.
constexpr std::string_view kWaivable[] = {
    "revocation", "collateral-current", "debug",           "migration",
    "tcb",        "software",           "driver-rim",      "vbios-rim",
    "bios-rim",   "ledger-inclusion",   "ledger-witnessed"};
constexpr std::string_view kWaivable1[] = {"measurement", "chip-id"};
constexpr std::string_view kWaivable2[] = {"hardware-id", "tcb-status", "tcb-date",
                                           "evaluation-number"};
constexpr std::string_view kPrefixes1[] = {"tcb."};
constexpr std::string_view kPrefixes2[] = {"tcb.", "measurement.", "claim."};

bool among(std::string_view factor, std::span<const std::string_view> list) {
  return std::ranges::find(list, factor) != list.end();
}

bool begins(std::string_view factor, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) {
    return factor.starts_with(prefix) && factor.size() > prefix.size();
  });
}

using Names = std::vector<std::string>;

void need(Names& out, bool present, const char* name) {
  if (!present) {
    out.emplace_back(name);
  }
}

void missing_of_version_1(const Rules& rules, Names& out) {
  need(out, rules.platform.has_value(), "platform");
  need(out, rules.product.has_value(), "product");
  need(out, rules.measurement.has_value(), "measurement");
  need(out, rules.debug.has_value(), "debug");
  need(out, rules.migration.has_value(), "migration");
  need(out, rules.vmpl.has_value(), "vmpl");
  need(out, rules.chip_id.has_value(), "chip-id");
  need(out, rules.tcb_ignored.has_value() || !rules.tcb.empty(), "tcb");
}

void missing_of_version_2(const Platforms& platforms, Names& out) {
  need(out, !platforms.empty(), "platform");
  for (const auto& [name, rules] : platforms) {
    for (const std::string& rule : missing_rules(name, rules)) {
      out.push_back("platform." + name + "." + rule);
    }
  }
}

}  // namespace

bool is_waivable(std::string_view factor, int version) {
  const bool first = version == 1;
  return among(factor, kWaivable) ||
         (first ? among(factor, kWaivable1) || begins(factor, kPrefixes1)
                : among(factor, kWaivable2) || begins(factor, kPrefixes2));
}

std::vector<std::string> Policy::missing() const {
  Names out;
  need(out, has_version_, "version");
  need(out, !name_.empty(), "name");
  if (version_ == 1) {
    missing_of_version_1(rules_, out);
  } else {
    missing_of_version_2(platforms_, out);
  }
  need(out, rules_.init_data_digest || rules_.init_data_fields, "init-data");
  return out;
}

std::vector<evidence::TrustedRoot> Policy::trusted_roots(Instant now) const {
  std::vector<evidence::TrustedRoot> roots;
  for (const SimulatedRoot& root : simulated_) {
    if (now <= root.until) {
      roots.push_back({root.spki_sha256, "simulated", true});
    }
  }
  return roots;
}

evidence::Floors Policy::floors() const {
  evidence::Floors floors;
  floors.have_source = !floors_.empty();
  for (const Floor& floor : floors_) {
    if (floor.crl_this_update) {
      floors.crl_this_update[floor.issuer] = *floor.crl_this_update;
    }
    if (floor.evaluation_number) {
      floors.evaluation_data_number[floor.issuer] = *floor.evaluation_number;
    }
    if (floor.tcb_date) {
      floors.tcb_date[floor.issuer] = *floor.tcb_date;
    }
  }
  return floors;
}

}  // namespace claustrum::policy
