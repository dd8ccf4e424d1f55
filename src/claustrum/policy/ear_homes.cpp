// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/ear_homes.h"

namespace claustrum::policy {

namespace {

using namespace ar4si;
using enum TrustCategory;

constexpr Home kHomes[] = {
    {"format", kHardware, kNotValid, kWeak},
    {"collateral", kHardware, kNotValid, kWeak},
    {"root", kHardware, kNotValid, kWeak},
    {"chain", kHardware, kNotValid, kWeak},
    {"validity", kHardware, kNotValid, kWeak},
    {"signing-key", kHardware, kNotValid, kWeak},
    {"signature", kHardware, kNotValid, kWeak},
    {"tcb-binding", kHardware, kNotValid, kWeak},
    {"chip-binding", kHardware, kNotValid, kWeak},
    {"qe-vendor", kHardware, kNotValid, kWeak},
    {"qe-report", kHardware, kNotValid, kWeak},
    {"qe-binding", kHardware, kNotValid, kWeak},
    {"qe-identity", kHardware, kNotValid, kWeak},
    {"platform", kHardware, kUnrecognised, kWeak},
    {"product", kHardware, kUnrecognised, kWeak},
    {"simulated", kHardware, kUnrecognised, kUnrecognised},
    {"revocation", kHardware, kBad, kWeak},
    {"leaf-revocation", kHardware, kBad, kWeak},
    {"collateral-current", kHardware, kBad, kWeak},
    {"collateral-signature", kHardware, kBad, kWeak},
    {"collateral-validity", kHardware, kBad, kWeak},
    {"tcb", kHardware, kBad, kWeak},
    {"tcb.", kHardware, kBad, kWeak},
    {"tcb-status", kHardware, kBad, kWeak},
    {"tcb-date", kHardware, kBad, kWeak},
    {"evaluation-number", kHardware, kBad, kWeak},
    {"advisories", kHardware, kBad, kWeak},
    {"hardware-id", kInstanceIdentity, kUnrecognised, kNoClaim},
    {"chip-id", kInstanceIdentity, kUnrecognised, kNoClaim},
    {"provider", kInstanceIdentity, kUnrecognised, kNoClaim},
    {"keys", kInstanceIdentity, kUnrecognised, kNoClaim},
    {"service", kInstanceIdentity, kUnrecognised, kNoClaim},
    {"nonce", kInstanceIdentity, kNotValid, kNoClaim},
    {"binding", kInstanceIdentity, kNotValid, kNoClaim},
    {"measurement", kExecutables, kBad, kUnknownCode},
    {"measurement.", kExecutables, kBad, kUnknownCode},
    {"program", kExecutables, kBad, kUnknownCode},
    {"software", kExecutables, kBad, kUnknownCode},
    {"model", kExecutables, kBad, kUnknownCode},
    {"ledger-inclusion", kExecutables, kBad, kUnknownCode},
    {"ledger-witnessed", kExecutables, kBad, kUnknownCode},
};
// A factor somebody adds later can lower, never raise.
constexpr Home kElsewhere = {"", kConfiguration, kBad, kUnavailable};

}  // namespace

const Home& home_of(std::string_view factor) {
  for (const Home& home : kHomes) {
    if (home.id.ends_with('.') ? factor.starts_with(home.id) : factor == home.id) {
      return home;
    }
  }
  return kElsewhere;
}

}  // namespace claustrum::policy
