// SPDX-License-Identifier: Apache-2.0
// What a parsed policy says of itself; reading its text is policy_parser.cpp.
#include "claustrum/policy/policy.h"

#include <algorithm>

namespace claustrum::policy {

bool is_waivable(std::string_view factor) {
  // [docs/formats/policy.md, waivers] A list of what may be waived, not of what may not: a factor a
  // later platform adds is outside it until somebody decides otherwise.
  static constexpr std::string_view kWaivable[] = {"revocation",
                                                   "collateral-current",
                                                   "measurement",
                                                   "debug",
                                                   "migration",
                                                   "chip-id",
                                                   "tcb",
                                                   "software",
                                                   "driver-rim",
                                                   "vbios-rim",
                                                   "bios-rim",
                                                   "ledger-inclusion",
                                                   "ledger-witnessed"};
  return factor.starts_with("tcb.") ||
         std::ranges::find(kWaivable, factor) != std::ranges::end(kWaivable);
}

std::vector<std::string> Policy::missing() const {
  std::vector<std::string> out;
  const auto need = [&out](bool present, const char* name) {
    if (!present) {
      out.emplace_back(name);
    }
  };
  need(has_version_, "version");
  need(!name_.empty(), "name");
  need(rules_.platform.has_value(), "platform");
  need(rules_.product.has_value(), "product");
  need(rules_.measurement.has_value(), "measurement");
  need(rules_.debug.has_value(), "debug");
  need(rules_.migration.has_value(), "migration");
  need(rules_.vmpl.has_value(), "vmpl");
  need(rules_.chip_id.has_value(), "chip-id");
  need(rules_.tcb_ignored.has_value() || !rules_.tcb.empty(), "tcb");
  need(rules_.init_data_digest.has_value() || rules_.init_data_fields.has_value(), "init-data");
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
    floors.crl_this_update[floor.issuer] = floor.crl_this_update;
  }
  return floors;
}

}  // namespace claustrum::policy
