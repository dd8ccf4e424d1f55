// SPDX-License-Identifier: Apache-2.0
// One simulated machine and everything needed to verify its report; a test changes one thing.
#pragma once

#include "claustrum/evidence/snp/verify.h"
#include "claustrum/simulator/amd_machine.h"

namespace claustrum::evidence::snp {

// 2026-06-01T00:00:00Z, within every validity of the scene.
inline constexpr Instant kNow{1780272000};
inline constexpr std::int64_t kDay = 86400;

// Made once a program; 2048-bit keys.
const simulator::AmdAuthority& test_authority(const std::string& product = "Milan");
// Another authority under the same names.
const simulator::AmdAuthority& foreign_authority();
simulator::AmdMachineSpec test_machine_spec();

struct Scene {
  explicit Scene(const std::string& product = "Milan",
                 simulator::AmdMachineSpec spec = test_machine_spec());

  Verification run() const { return run_raw(machine.sign(report)); }
  Verification run_raw(BytesView evidence) const;
  // Issues another certificate for the machine's key.
  void reissue_leaf(const crypto::CertificateSpec& spec,
                    simulator::AmdAuthority::Signer signer = simulator::AmdAuthority::Signer::kAsk);
  void reissue_vek(const simulator::VekSpec& spec);
  void set(const char* name, Result<Bytes> data) { collateral[name] = std::move(data).value(); }

  const simulator::AmdAuthority& authority;
  simulator::AmdMachine machine;
  Report report;
  Collateral collateral;
  Instant now = kNow;
  std::vector<TrustedRoot> roots;
  Floors floors;
  bool use_floors = true;
  IssuerCache* issuers = nullptr;
};

// The public key in one of the authority's certificates.
crypto::PublicKey key_in(const Bytes& certificate);
std::string reason_of(const Verification& v, std::string_view id);
// `id` fails for `reason`, and no other factor fails but `simulated`.
void expect_only_fails(const Verification& v, std::string_view id, std::string_view reason);
// As above, and there are no claims.
void expect_not_authentic(const Verification& v, std::string_view id, std::string_view reason);
// As above, but the claims are there: a policy may judge or waive the factor.
void expect_judged(const Verification& v, std::string_view id, std::string_view reason);

}  // namespace claustrum::evidence::snp
