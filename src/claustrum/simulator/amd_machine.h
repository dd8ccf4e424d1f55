// SPDX-License-Identifier: Apache-2.0
// A simulated SEV-SNP machine: one chip, one signing key, reports in AMD's format. It signs what it
// is told, so that tests change one thing and sign again. Nothing is protected by it.
#pragma once

#include "claustrum/simulator/amd_authority.h"

namespace claustrum::simulator {

struct AmdMachineSpec {
  evidence::snp::LeafKind kind = evidence::snp::LeafKind::kVcek;
  std::string csp_id = "CN=cc-simulated.example";  // of a VLEK
  std::uint32_t report_version = 5;
  // CURRENT, COMMITTED, REPORTED and LAUNCH alike.
  evidence::snp::Tcb tcb = {.bootloader = 4, .snp = 27, .microcode = 222};
  evidence::snp::FirmwareVersion firmware = {.build = 40, .minor = 55, .major = 1};
  Instant not_before;  // of the signing key's certificate
  Instant not_after;
  Instant crl_this_update;
  Instant crl_next_update;
  bool intermediate_revoked = false;  // the CRL lists the certificate above the signing key
};

// What is fixed when a guest is launched.
struct GuestLaunch {
  ByteArray<48> measurement{};
  ByteArray<32> host_data{};
  std::uint64_t policy = evidence::snp::kPolicyReserved17 | evidence::snp::kPolicySmt;
};

class AmdMachine {
 public:
  // A fresh chip of the authority's product line.
  static Result<AmdMachine> create(const AmdAuthority& authority, const AmdMachineSpec& spec);

  // Every field settable; the signature and raw bytes are sign()'s.
  evidence::snp::Report blank_report() const;
  Bytes sign(const evidence::snp::Report& report) const;
  // Signs 1184 given bytes as they are, reserved ones included.
  Bytes sign_raw(Bytes report) const;
  Bytes report(const GuestLaunch& launch, const ByteArray<64>& report_data) const;

  // Leaf, intermediate, root and CRL under their names.
  const evidence::Collateral& collateral() const { return collateral_; }
  // The same as a host's certificate table.
  Bytes certificate_table() const;
  // The certificate's contents, to issue another one for the same key.
  const VekSpec& vek() const { return vek_; }
  crypto::PublicKey public_key() const { return key_.public_key(); }

 private:
  AmdMachine(std::string product, AmdMachineSpec spec, crypto::PrivateKey key);
  std::string product_;
  AmdMachineSpec spec_;
  crypto::PrivateKey key_;
  ByteArray<64> chip_id_{};
  ByteArray<32> report_id_{};
  VekSpec vek_;
  evidence::Collateral collateral_;
};

}  // namespace claustrum::simulator
