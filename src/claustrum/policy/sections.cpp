// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/sections.h"

namespace claustrum::policy {

namespace {

Section first_version(const Rules& rules) {
  Section out;
  out.first_version = true;
  out.rules.product = rules.product;
  out.rules.debug = rules.debug;
  out.rules.migration = rules.migration;
  out.rules.privilege_level = rules.vmpl;
  out.rules.hardware_id = rules.chip_id;
  out.rules.tcb_ignored = rules.tcb_ignored;
  out.rules.tcb = rules.tcb;
  if (rules.measurement) {
    out.rules.measurements.emplace("measurement", *rules.measurement);
  }
  return out;
}

std::vector<std::string> named_platforms(const std::optional<Rule>& rule) {
  std::vector<std::string> out;
  if (!rule) {
    return out;
  }
  if (const auto* exact = std::get_if<Exact>(&*rule)) {
    out.push_back(exact->value.string());
  } else if (const auto* set = std::get_if<OneOf>(&*rule)) {
    for (const codec::Json& value : set->values) {
      out.push_back(value.string());
    }
  } else {
    out.emplace_back(kAnyPlatform);
  }
  return out;
}

}  // namespace

Sections sections_of(const Policy& policy) {
  Sections out;
  if (policy.version() == 1) {
    for (const std::string& name : named_platforms(policy.rules().platform)) {
      out.emplace(name, first_version(policy.rules()));
    }
    return out;
  }
  for (const auto& [name, rules] : policy.platforms()) {
    out.emplace(name, Section{rules, false});
  }
  return out;
}

std::string factor_name(std::string_view factor, int version) {
  if (version == 1 && factor == "measurement") {
    return "measurement.measurement";
  }
  if (version == 1 && factor == "chip-id") {
    return "hardware-id";
  }
  return std::string(factor);
}

}  // namespace claustrum::policy
