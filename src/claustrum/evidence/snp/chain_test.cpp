// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/chain.h"

#include <gtest/gtest.h>

#include "claustrum/codec/pem.h"
#include "claustrum/evidence/snp/test_scene.h"

namespace claustrum::evidence::snp {
namespace {

using Signer = simulator::AmdAuthority::Signer;

// The contents of one of the scene's CA certificates, to be issued again with a change.
crypto::CertificateSpec ca_like(const Scene& scene, Signer which, const std::string& cn) {
  crypto::CertificateSpec spec;
  spec.subject = simulator::simulated_name(cn);
  spec.serial = scene.authority.serial(which);
  spec.not_before = kNow + -1000 * kDay;
  spec.not_after = kNow + 9000 * kDay;
  spec.ca = true;
  return spec;
}

crypto::CertificateSpec ask_like(const Scene& scene) {
  return ca_like(scene, Signer::kAsk, "SEV-Milan");
}

crypto::CertificateSpec ark_like(const Scene& scene) {
  return ca_like(scene, Signer::kArk, "ARK-Milan");
}

void reissue_ca(Scene& scene, const char* name, Signer which, const crypto::CertificateSpec& spec,
                const simulator::AmdAuthority& issuer) {
  scene.set(name, issuer.issue(Signer::kArk, spec, key_in(scene.authority.certificate(which))));
}

TEST(SnpChain, AReissuedAuthorityStillVerifies) {
  Scene scene;
  reissue_ca(scene, "ask", Signer::kAsk, ask_like(scene), scene.authority);
  reissue_ca(scene, "ark", Signer::kArk, ark_like(scene), scene.authority);
  EXPECT_TRUE(scene.run().claims.has_value());
}

TEST(SnpChain, AcceptsPem) {
  Scene scene;
  for (const char* name : {"vcek", "ask", "ark"}) {
    scene.collateral[name] = to_bytes(codec::pem_encode("CERTIFICATE", scene.collateral.at(name)));
  }
  EXPECT_TRUE(scene.run().claims.has_value());
}

TEST(SnpChain, RejectsARootNobodyNamed) {
  Scene scene;
  scene.roots.clear();
  expect_not_authentic(scene.run(), "root", "snp.root.untrusted");
}

TEST(SnpChain, RejectsARootThatOnlyHasTheName) {
  Scene scene;
  scene.collateral["ark"] = foreign_authority().certificate(Signer::kArk);
  expect_not_authentic(scene.run(), "root", "snp.root.untrusted");
}

TEST(SnpChain, RejectsARootCertificateTheRootDidNotSign) {
  Scene scene;
  reissue_ca(scene, "ark", Signer::kArk, ark_like(scene), foreign_authority());
  expect_not_authentic(scene.run(), "chain", "snp.chain.signature");
}

TEST(SnpChain, RejectsAnIntermediateTheRootDidNotSign) {
  Scene scene;
  reissue_ca(scene, "ask", Signer::kAsk, ask_like(scene), foreign_authority());
  expect_not_authentic(scene.run(), "chain", "snp.chain.signature");
}

TEST(SnpChain, RejectsALeafTheIntermediateDidNotSign) {
  Scene scene;
  scene.set("vcek", foreign_authority().issue_vek(scene.machine.vek(), scene.machine.public_key()));
  expect_not_authentic(scene.run(), "chain", "snp.chain.signature");
}

TEST(SnpChain, RejectsALeafUnderTheRootItself) {
  Scene scene;
  scene.reissue_leaf(simulator::vek_certificate(scene.machine.vek()), Signer::kArk);
  scene.collateral["ask"] = scene.collateral["ark"];
  expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_name");
}

TEST(SnpChain, RejectsAProductLineNobodyKnows) {
  Scene scene;
  crypto::CertificateSpec ark = ca_like(scene, Signer::kArk, "ARK-Rome");
  ark.issuer = ark.subject;
  crypto::CertificateSpec ask = ca_like(scene, Signer::kAsk, "SEV-Rome");
  ask.issuer = ark.subject;
  simulator::VekSpec vek = scene.machine.vek();
  vek.product_name = "Rome";
  crypto::CertificateSpec leaf = simulator::vek_certificate(vek);
  leaf.issuer = ask.subject;
  reissue_ca(scene, "ark", Signer::kArk, ark, scene.authority);
  reissue_ca(scene, "ask", Signer::kAsk, ask, scene.authority);
  scene.reissue_leaf(leaf);
  expect_not_authentic(scene.run(), "chain", "snp.chain.product");
}

TEST(SnpChain, RejectsAnIntermediateThatIsNoCa) {
  for (const std::optional<bool> ca : {std::optional<bool>(false), std::optional<bool>()}) {
    Scene scene;
    crypto::CertificateSpec spec = ask_like(scene);
    spec.ca = ca;
    reissue_ca(scene, "ask", Signer::kAsk, spec, scene.authority);
    expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_ca");
  }
}

TEST(SnpChain, RejectsAVcekUnderTheIntermediateOfVleks) {
  Scene scene;
  scene.reissue_leaf(simulator::vek_certificate(scene.machine.vek()), Signer::kAsvk);
  scene.collateral["ask"] = scene.authority.certificate(Signer::kAsvk);
  expect_not_authentic(scene.run(), "chain", "snp.chain.intermediate_name");
}

TEST(SnpChain, RejectsALeafOfAnotherName) {
  Scene scene;
  crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
  spec.subject = simulator::simulated_name("VCEK");
  scene.reissue_leaf(spec);
  expect_not_authentic(scene.run(), "chain", "snp.chain.leaf_name");
}

TEST(SnpChain, RejectsALeafKeyThatIsNotP384) {
  Scene scene;
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  scene.set("vcek", scene.authority.issue_vek(scene.machine.vek(), key.public_key()));
  expect_not_authentic(scene.run(), "chain", "snp.chain.leaf_key");
}

TEST(SnpChain, RejectsALeafOfAnotherProduct) {
  for (const char* name : {"Genoa", "Milano", "Mila", ""}) {
    Scene scene;
    crypto::CertificateSpec spec = simulator::vek_certificate(scene.machine.vek());
    std::erase_if(spec.extensions, [](const crypto::CertificateExtension& e) {
      return e.oid == "1.3.6.1.4.1.3704.1.2";
    });
    if (*name != '\0') {
      simulator::VekSpec vek = scene.machine.vek();
      vek.product_name = name;
      spec = simulator::vek_certificate(vek);
    }
    scene.reissue_leaf(spec);
    expect_not_authentic(scene.run(), "chain", "snp.chain.leaf_product");
  }
}

TEST(SnpChain, RejectsCriticalExtensionsNobodyKnows) {
  const crypto::CertificateExtension unknown = {"1.3.6.1.4.1.3704.99", true, {5, 0}};
  Scene leaf;
  crypto::CertificateSpec spec = simulator::vek_certificate(leaf.machine.vek());
  spec.extensions.push_back(unknown);
  leaf.reissue_leaf(spec);
  expect_not_authentic(leaf.run(), "chain", "snp.chain.critical");
  Scene ask;
  crypto::CertificateSpec ask_spec = ask_like(ask);
  ask_spec.extensions.push_back(unknown);
  reissue_ca(ask, "ask", Signer::kAsk, ask_spec, ask.authority);
  expect_not_authentic(ask.run(), "chain", "snp.chain.critical");
  Scene ark;
  crypto::CertificateSpec ark_spec = ark_like(ark);
  ark_spec.extensions.push_back(unknown);
  reissue_ca(ark, "ark", Signer::kArk, ark_spec, ark.authority);
  expect_not_authentic(ark.run(), "chain", "snp.chain.critical");
}

TEST(SnpChain, RejectsAnExpiredOrEarlyLeaf) {
  Scene scene;
  scene.now = kNow + 301 * kDay;
  scene.set("crl", scene.authority.issue_crl(kNow, kNow + 400 * kDay));
  expect_not_authentic(scene.run(), "validity", "snp.validity.expired");
  Scene early;
  simulator::VekSpec vek = early.machine.vek();
  vek.not_before = kNow + kDay;
  early.reissue_vek(vek);
  expect_not_authentic(early.run(), "validity", "snp.validity.not_yet_valid");
}

TEST(SnpChain, RejectsAnExpiredIntermediate) {
  Scene scene;
  crypto::CertificateSpec spec = ask_like(scene);
  spec.not_after = kNow + -1;
  reissue_ca(scene, "ask", Signer::kAsk, spec, scene.authority);
  expect_not_authentic(scene.run(), "validity", "snp.validity.expired");
}

TEST(SnpChain, RejectsAnExpiredRoot) {
  Scene scene;
  crypto::CertificateSpec spec = ark_like(scene);
  spec.not_after = kNow + -1;
  reissue_ca(scene, "ark", Signer::kArk, spec, scene.authority);
  expect_not_authentic(scene.run(), "validity", "snp.validity.expired");
}

TEST(SnpChain, AWarmCacheGivesTheSameVerdict) {
  IssuerCache cache;
  Scene scene;
  const Verification cold = scene.run();
  scene.issuers = &cache;
  const Verification filling = scene.run();
  EXPECT_EQ(cache.signatures(), 4U);  // root, intermediate, leaf, CRL
  EXPECT_EQ(cache.certificates(), 3U);
  const Verification warm = scene.run();
  for (const Verification* v : {&cold, &filling, &warm}) {
    ASSERT_TRUE(v->claims.has_value());
    ASSERT_EQ(v->factors.list().size(), cold.factors.list().size());
    for (std::size_t i = 0; i < cold.factors.list().size(); ++i) {
      EXPECT_EQ(v->factors.list()[i].status, cold.factors.list()[i].status);
      EXPECT_EQ(v->factors.list()[i].found, cold.factors.list()[i].found);
    }
    EXPECT_EQ((*v->claims)->details, (*cold.claims)->details);
  }
}

TEST(SnpChain, NothingOfAChainThatFailsIsRemembered) {
  IssuerCache cache;
  Scene scene;
  scene.issuers = &cache;
  scene.set("vcek", foreign_authority().issue_vek(scene.machine.vek(), scene.machine.public_key()));
  EXPECT_FALSE(scene.run().claims.has_value());
  EXPECT_EQ(cache.certificates(), 0U);
  scene.roots.clear();
  EXPECT_FALSE(scene.run().claims.has_value());
  EXPECT_EQ(cache.certificates(), 0U);
}

TEST(SnpChain, AWarmCacheForgivesNothing) {
  IssuerCache cache;
  Scene scene;
  scene.issuers = &cache;
  ASSERT_TRUE(scene.run().claims.has_value());
  scene.now = kNow + 301 * kDay;
  EXPECT_EQ(reason_of(scene.run(), "validity"), "snp.validity.expired");
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "snp.crl.stale");
  scene.now = kNow;
  const std::vector<TrustedRoot> roots = std::exchange(scene.roots, {});
  EXPECT_EQ(reason_of(scene.run(), "root"), "snp.root.untrusted");
  scene.roots = roots;
  EXPECT_EQ(reason_of(scene.run_raw(encode_report(scene.report)), "signature"),
            "snp.signature.invalid");
  ASSERT_TRUE(scene.run().claims.has_value());
  scene.set("crl",
            scene.authority.issue_crl(kNow, kNow + kDay, {scene.authority.serial(Signer::kAsk)}));
  EXPECT_EQ(reason_of(scene.run(), "revocation"), "snp.crl.revoked");
  scene.set("vcek", foreign_authority().issue_vek(scene.machine.vek(), scene.machine.public_key()));
  EXPECT_EQ(reason_of(scene.run(), "chain"), "snp.chain.signature");
}

}  // namespace
}  // namespace claustrum::evidence::snp
