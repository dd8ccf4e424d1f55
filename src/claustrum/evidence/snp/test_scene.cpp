// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/test_scene.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp {
namespace {

simulator::AmdAuthority make_authority(const std::string& product) {
  simulator::AmdAuthorityOptions options;
  options.product = product;
  options.rsa_bits = 2048;
  options.not_before = kNow + -1000 * kDay;
  options.not_after = kNow + 9000 * kDay;
  return simulator::AmdAuthority::create(options).value();
}

}  // namespace

const simulator::AmdAuthority& test_authority(const std::string& product) {
  static std::map<std::string, simulator::AmdAuthority> made;
  auto at = made.find(product);
  if (at == made.end()) {
    at = made.emplace(product, make_authority(product)).first;
  }
  return at->second;
}

const simulator::AmdAuthority& foreign_authority() {
  static const simulator::AmdAuthority authority = make_authority("Milan");
  return authority;
}

simulator::AmdMachineSpec test_machine_spec() {
  simulator::AmdMachineSpec spec;
  spec.not_before = kNow + -10 * kDay;
  spec.not_after = kNow + 300 * kDay;
  spec.crl_this_update = kNow + -5 * kDay;
  spec.crl_next_update = kNow + 100 * kDay;
  return spec;
}

Scene::Scene(const std::string& product, simulator::AmdMachineSpec spec)
    : authority(test_authority(product)),
      machine(simulator::AmdMachine::create(authority, spec).value()),
      report(machine.blank_report()),
      collateral(machine.collateral()),
      roots({authority.root()}) {
  floors.have_source = true;
  floors.crl_this_update[codec::hex_encode(authority.root().spki_sha256)] = kNow + -6 * kDay;
}

Verification Scene::run_raw(BytesView evidence) const {
  VerifyInput in;
  in.evidence = evidence;
  in.collateral = &collateral;
  in.now = now;
  in.floors = use_floors ? &floors : nullptr;
  in.extra_roots = roots;
  in.issuers = issuers;
  return verify(in);
}

void Scene::reissue_leaf(const crypto::CertificateSpec& spec,
                         simulator::AmdAuthority::Signer signer) {
  const char* name = collateral.contains("vlek") ? "vlek" : "vcek";
  set(name, authority.issue(signer, spec, machine.public_key()));
}

void Scene::reissue_vek(const simulator::VekSpec& spec) {
  using Signer = simulator::AmdAuthority::Signer;
  reissue_leaf(simulator::vek_certificate(spec),
               spec.kind == LeafKind::kVlek ? Signer::kAsvk : Signer::kAsk);
}

crypto::PublicKey key_in(const Bytes& certificate) {
  return crypto::Certificate::parse(certificate)->public_key();
}

std::string reason_of(const Verification& v, std::string_view id) {
  const Factor* factor = v.factors.find(id);
  return factor == nullptr ? "absent" : factor->reason;
}

void expect_only_fails(const Verification& v, std::string_view id, std::string_view reason) {
  EXPECT_EQ(reason_of(v, id), reason);
  for (const Factor& factor : v.factors.list()) {
    if (factor.id != id && factor.id != "simulated") {
      EXPECT_NE(factor.status, FactorStatus::kFail) << factor.id << " " << factor.reason;
    }
  }
}

void expect_not_authentic(const Verification& v, std::string_view id, std::string_view reason) {
  expect_only_fails(v, id, reason);
  EXPECT_FALSE(v.claims.has_value());
  EXPECT_TRUE(v.unverified_claims.has_value());
}

void expect_judged(const Verification& v, std::string_view id, std::string_view reason) {
  expect_only_fails(v, id, reason);
  EXPECT_TRUE(v.claims.has_value());
  EXPECT_FALSE(v.unverified_claims.has_value());
}

}  // namespace claustrum::evidence::snp
