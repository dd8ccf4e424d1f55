// SPDX-License-Identifier: Apache-2.0
// Verifying an SEV-SNP report against the bare signature checks it cannot do without. Cold: ARK,
// ASK and CRL (RSA-4096 PSS), leaf (RSA-4096 PSS), report (ECDSA P-384). Warm: a cache of verified
// issuers is passed in, and leaf and report remain.
#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/snp/verify.h"
#include "claustrum/simulator/amd_machine.h"
#include "pair.h"

namespace claustrum::bench {
namespace {

constexpr Instant kNow{1780272000};
constexpr std::int64_t kDay = 86400;

struct Scene {
  simulator::AmdAuthority authority;
  simulator::AmdMachine machine;
  Bytes report;
  evidence::TrustedRoot root;

  static const Scene& shared() {
    static const Scene scene = make();
    return scene;
  }
  static Scene make() {
    simulator::AmdAuthorityOptions options;
    options.not_before = kNow + -kDay;
    options.not_after = kNow + 9000 * kDay;
    auto authority = simulator::AmdAuthority::create(options).value();
    simulator::AmdMachineSpec spec;
    spec.not_before = kNow + -kDay;
    spec.not_after = kNow + 300 * kDay;
    spec.crl_this_update = kNow + -kDay;
    spec.crl_next_update = kNow + 300 * kDay;
    auto machine = simulator::AmdMachine::create(authority, spec).value();
    Bytes report = machine.report({}, {});
    evidence::TrustedRoot root = authority.root();
    return Scene{std::move(authority), std::move(machine), std::move(report), std::move(root)};
  }
  bool verify(evidence::IssuerCache* issuers) const {
    evidence::VerifyInput in;
    in.evidence = report;
    in.collateral = &machine.collateral();
    in.now = kNow;
    in.extra_roots = {root};
    in.issuers = issuers;
    return evidence::snp::verify(in).claims.has_value();
  }
};

// Signature checks of AMD's sizes, on keys already parsed.
struct Bare {
  crypto::PrivateKey rsa = crypto::PrivateKey::generate_rsa(4096);
  crypto::PrivateKey p384 = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  crypto::PublicKey rsa_public = rsa.public_key();
  crypto::PublicKey p384_public = p384.public_key();
  Bytes message = Bytes(1184, 0x5a);
  Bytes rsa_signature = crypto::sign(rsa, crypto::SigAlg::kRsaPssSha384, message);
  Bytes p384_signature = crypto::sign(p384, crypto::SigAlg::kEcdsaP384Sha384, message);

  void run(int rsa_checks) const {
    for (int i = 0; i < rsa_checks; ++i) {
      CLAUSTRUM_CHECK(
          crypto::verify(rsa_public, crypto::SigAlg::kRsaPssSha384, message, rsa_signature).ok());
    }
    CLAUSTRUM_CHECK(
        crypto::verify(p384_public, crypto::SigAlg::kEcdsaP384Sha384, message, p384_signature)
            .ok());
  }
};

void snp_verify_cold(benchmark::State& state) {
  const Scene& scene = Scene::shared();
  const Bare bare;
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(scene.verify(nullptr)); }, [&] { bare.run(4); });
}
BENCHMARK(snp_verify_cold)->UseManualTime()->Unit(benchmark::kMicrosecond);

void snp_verify_warm(benchmark::State& state) {
  const Scene& scene = Scene::shared();
  const Bare bare;
  evidence::IssuerCache issuers;
  CLAUSTRUM_CHECK(scene.verify(&issuers));
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(scene.verify(&issuers)); }, [&] { bare.run(0); });
}
BENCHMARK(snp_verify_warm)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace claustrum::bench
