// SPDX-License-Identifier: Apache-2.0
// Shared by the simulator's tests: one small authority a program.
#pragma once

#include <gtest/gtest.h>

#include "claustrum/evidence/snp/verify.h"
#include "claustrum/simulator/amd_machine.h"

namespace claustrum::simulator {

inline constexpr Instant kSimNow{1780272000};
inline constexpr std::int64_t kSimDay = 86400;

inline AmdAuthorityOptions test_options(const std::string& product = "Milan") {
  AmdAuthorityOptions options;
  options.product = product;
  options.rsa_bits = 2048;
  options.not_before = kSimNow + -kSimDay;
  options.not_after = kSimNow + 9000 * kSimDay;
  return options;
}

inline const AmdAuthority& sim_authority() {
  static const AmdAuthority authority = AmdAuthority::create(test_options()).value();
  return authority;
}

inline AmdMachine sim_machine(const AmdAuthority& authority, evidence::snp::LeafKind kind = {}) {
  AmdMachineSpec spec;
  spec.kind = kind;
  spec.not_before = kSimNow + -kSimDay;
  spec.not_after = kSimNow + 300 * kSimDay;
  spec.crl_this_update = kSimNow + -kSimDay;
  spec.crl_next_update = kSimNow + 300 * kSimDay;
  return AmdMachine::create(authority, spec).value();
}

inline evidence::Verification sim_verify(BytesView report, const evidence::Collateral& collateral,
                                         std::vector<evidence::TrustedRoot> roots) {
  evidence::VerifyInput in;
  in.evidence = report;
  in.collateral = &collateral;
  in.now = kSimNow;
  in.extra_roots = std::move(roots);
  return evidence::snp::verify(in);
}

}  // namespace claustrum::simulator
