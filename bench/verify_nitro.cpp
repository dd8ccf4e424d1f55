// SPDX-License-Identifier: Apache-2.0
// Verifying a Nitro enclave's document against the bare signature checks it cannot do without.
// Cold: root, regional, zonal and instance CA, leaf and document, all ECDSA P-384. Warm: a cache of
// verified issuers is passed in, and the document remains.
#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/nitro/verify.h"
#include "claustrum/simulator/aws_instance.h"
#include "pair.h"

namespace claustrum::bench {
namespace {

constexpr Instant kNow{1780272000};
constexpr std::int64_t kDay = 86400;

struct Scene {
  Bytes document;
  evidence::TrustedRoot root;

  static const Scene& shared() {
    static const Scene scene = make();
    return scene;
  }
  static Scene make() {
    const auto authority =
        simulator::AwsAuthority::create(kNow + -kDay, kNow + 9000 * kDay).value();
    simulator::AwsInstanceSpec spec;
    spec.not_before = kNow + -60;
    spec.not_after = kNow + kDay;
    const auto instance = simulator::AwsInstance::create(authority, spec).value();
    auto document = instance.blank_document(evidence::nitro::Kind::kEnclave);
    document.user_data = Bytes(64, 0x5a);
    return Scene{instance.sign(document), authority.root()};
  }
  bool verify(evidence::IssuerCache* issuers) const {
    evidence::VerifyInput in;
    in.evidence = document;
    in.now = kNow;
    in.extra_roots = {root};
    in.issuers = issuers;
    return evidence::nitro::verify(in).claims.has_value();
  }
};

// Signature checks on a key already parsed, over as many bytes as a document signs.
struct Bare {
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  crypto::PublicKey public_key = key.public_key();
  Bytes message = Bytes(Scene::shared().document.size(), 0x5a);
  Bytes signature = crypto::sign(key, crypto::SigAlg::kEcdsaP384Sha384, message);

  void run(int checks) const {
    for (int i = 0; i < checks; ++i) {
      CLAUSTRUM_CHECK(
          crypto::verify(public_key, crypto::SigAlg::kEcdsaP384Sha384, message, signature).ok());
    }
  }
};

void nitro_verify_cold(benchmark::State& state) {
  const Scene& scene = Scene::shared();
  const Bare bare;
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(scene.verify(nullptr)); }, [&] { bare.run(6); });
}
BENCHMARK(nitro_verify_cold)->UseManualTime()->Unit(benchmark::kMicrosecond);

void nitro_verify_warm(benchmark::State& state) {
  const Scene& scene = Scene::shared();
  const Bare bare;
  evidence::IssuerCache issuers;
  CLAUSTRUM_CHECK(scene.verify(&issuers));
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(scene.verify(&issuers)); }, [&] { bare.run(1); });
}
BENCHMARK(nitro_verify_warm)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace claustrum::bench
