// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/factor_names.h"

#include <algorithm>

namespace claustrum::policy {

namespace {

// Of all verifiers, of the evidence document, of policies.
constexpr std::string_view kNames[] = {"advisories",
                                       "attributes",
                                       "bios-rim",
                                       "chain",
                                       "chip-binding",
                                       "chip-id",
                                       "collateral",
                                       "collateral-current",
                                       "collateral-signature",
                                       "collateral-validity",
                                       "debug",
                                       "device-binding",
                                       "devices",
                                       "driver-rim",
                                       "evaluation-number",
                                       "event-log",
                                       "format",
                                       "guest-policy",
                                       "hardware-id",
                                       "id-block",
                                       "init-data",
                                       "init-data-digest",
                                       "key-exclusive",
                                       "keys",
                                       "leaf-revocation",
                                       "ledger-inclusion",
                                       "ledger-witnessed",
                                       "measurement",
                                       "migration",
                                       "model",
                                       "nonce",
                                       "platform",
                                       "policy-complete",
                                       "privilege-level",
                                       "product",
                                       "profile",
                                       "program",
                                       "provider",
                                       "qe-binding",
                                       "qe-identity",
                                       "qe-report",
                                       "qe-vendor",
                                       "revocation",
                                       "role",
                                       "root",
                                       "service",
                                       "service-td",
                                       "signature",
                                       "signing-key",
                                       "simulated",
                                       "software",
                                       "tcb",
                                       "tcb-binding",
                                       "tcb-date",
                                       "tcb-status",
                                       "validity",
                                       "vbios-rim",
                                       "vmpl"};
constexpr std::string_view kPrefixes[] = {"tcb.", "measurement.", "claim.", "init-data."};

}  // namespace

bool is_factor_name(std::string_view name) {
  return std::ranges::find(kNames, name) != std::end(kNames) ||
         std::ranges::any_of(kPrefixes, [name](std::string_view prefix) {
           return name.starts_with(prefix) && name.size() > prefix.size();
         });
}

}  // namespace claustrum::policy
