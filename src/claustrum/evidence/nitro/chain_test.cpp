// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/chain.h"

#include <gtest/gtest.h>

#include "claustrum/codec/pem.h"
#include "claustrum/evidence/nitro/test_scene.h"

namespace claustrum::evidence::nitro {
namespace {

using Signer = simulator::AwsAuthority::Signer;

TEST(NitroChain, ReissuedCertificatesStillVerify) {
  for (const Place place : kPlaces) {
    Scene scene;
    scene.reissue(place, scene.spec_of(place));
    EXPECT_TRUE(scene.run().claims.has_value());
  }
}

TEST(NitroChain, RejectsARootNobodyNamed) {
  Scene scene;
  scene.roots.clear();
  expect_not_authentic(scene.run(), "root", "nitro.root.untrusted");
}

TEST(NitroChain, RejectsARootThatOnlyHasTheName) {
  Scene scene;
  scene.put(Place::kRoot, foreign_authority().certificate(Signer::kRoot));
  expect_not_authentic(scene.run(), "root", "nitro.root.untrusted");
}

// A whole chain of somebody else's, right in itself.
TEST(NitroChain, RejectsAForeignChain) {
  Scene scene;
  const auto other =
      simulator::AwsInstance::create(foreign_authority(), test_instance_spec()).value();
  const Verification v = scene.run_raw(other.sign(other.blank_document(Kind::kEnclave)));
  expect_not_authentic(v, "root", "nitro.root.untrusted");
}

TEST(NitroChain, TheRootStandsFirst) {
  Scene scene;
  std::reverse(scene.document.cabundle.begin(), scene.document.cabundle.end());
  expect_not_authentic(scene.run(), "root", "nitro.root.untrusted");
}

TEST(NitroChain, TheOrderBelowTheRootIsFixed) {
  Scene scene;
  std::swap(scene.document.cabundle[1], scene.document.cabundle[2]);
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find("chain")->status, FactorStatus::kFail);
  EXPECT_FALSE(v.claims.has_value());
}

TEST(NitroChain, RejectsFurtherAndMissingCertificates) {
  Scene more;
  more.document.cabundle.push_back(more.document.cabundle[0]);
  expect_not_authentic(more.run(), "chain", "nitro.chain.length");
  Scene fewer;
  fewer.document.cabundle.pop_back();
  expect_not_authentic(fewer.run(), "chain", "nitro.chain.length");
}

TEST(NitroChain, RejectsWhatIsNoCertificate) {
  for (const Place place : kPlaces) {
    Scene scene;
    scene.put(place, Bytes{0x30, 0x00});
    expect_not_authentic(scene.run(), "chain", "nitro.chain.certificate");
    Scene trailing;
    Bytes der = trailing.issue(place, trailing.spec_of(place), trailing.key_of(place));
    der.push_back(0);
    trailing.put(place, der);
    expect_not_authentic(trailing.run(), "chain", "nitro.chain.certificate");
  }
}

TEST(NitroChain, RejectsPem) {
  Scene scene;
  scene.put(Place::kLeaf, to_bytes(codec::pem_encode("CERTIFICATE", scene.document.certificate)));
  expect_not_authentic(scene.run(), "chain", "nitro.chain.certificate");
}

// Each certificate under its own name but signed by a foreign key.
TEST(NitroChain, RejectsCertificatesTheirIssuerDidNotSign) {
  const simulator::AwsAuthority& foreign = foreign_authority();
  const std::pair<Place, Signer> signers[] = {{Place::kRoot, Signer::kRoot},
                                              {Place::kRegional, Signer::kRoot},
                                              {Place::kZonal, Signer::kRegional},
                                              {Place::kInstance, Signer::kZonal}};
  for (const auto& [place, signer] : signers) {
    Scene scene;
    scene.put(place, foreign.issue(signer, scene.spec_of(place), scene.key_of(place)).value());
    expect_not_authentic(scene.run(), "chain", "nitro.chain.signature");
  }
  Scene leaf;
  const Scene other;
  leaf.put(
      Place::kLeaf,
      other.instance.issue_leaf(leaf.spec_of(Place::kLeaf), leaf.key_of(Place::kLeaf)).value());
  expect_not_authentic(leaf.run(), "chain", "nitro.chain.signature");
}

TEST(NitroChain, EveryCaIsOne) {
  for (const Place place : kCas) {
    for (const std::optional<bool> ca : {std::optional<bool>(false), std::optional<bool>()}) {
      Scene scene;
      crypto::CertificateSpec spec = scene.spec_of(place);
      spec.ca = ca;
      spec.path_len.reset();
      scene.reissue(place, spec);
      expect_not_authentic(scene.run(), "chain", "nitro.chain.ca");
    }
  }
}

TEST(NitroChain, EveryCaMaySignCertificates) {
  for (const Place place : kCas) {
    Scene scene;
    crypto::CertificateSpec spec = scene.spec_of(place);
    spec.extensions.clear();
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "chain", "nitro.chain.ca_usage");
    spec.extensions = {simulator::aws_leaf_key_usage()};
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "chain", "nitro.chain.ca_usage");
  }
}

TEST(NitroChain, PathLengthsHold) {
  const std::pair<Place, std::uint8_t> least[] = {
      {Place::kRoot, 3}, {Place::kRegional, 2}, {Place::kZonal, 1}};
  for (const auto& [place, len] : least) {
    Scene scene;
    crypto::CertificateSpec spec = scene.spec_of(place);
    spec.path_len = len;
    scene.reissue(place, spec);
    EXPECT_TRUE(scene.run().claims.has_value());
    spec.path_len = static_cast<std::uint8_t>(len - 1);
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "chain", "nitro.chain.path_len");
  }
}

TEST(NitroChain, TheLeafIsNoCa) {
  Scene scene;
  crypto::CertificateSpec spec = scene.spec_of(Place::kLeaf);
  spec.ca = true;
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "chain", "nitro.chain.leaf_ca");
  spec.ca.reset();
  scene.reissue(Place::kLeaf, spec);
  EXPECT_TRUE(scene.run().claims.has_value());
}

TEST(NitroChain, TheLeafMaySign) {
  Scene scene;
  crypto::CertificateSpec spec = scene.spec_of(Place::kLeaf);
  spec.extensions.clear();
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "chain", "nitro.chain.leaf_usage");
  spec.extensions = {simulator::aws_instance_key_usage()};
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "chain", "nitro.chain.leaf_usage");
  spec.extensions = {{"2.5.29.15", false, Bytes{0x03, 0x01, 0x00}}};  // no bit at all
  scene.reissue(Place::kLeaf, spec);
  expect_not_authentic(scene.run(), "chain", "nitro.chain.leaf_usage");
}

TEST(NitroChain, EveryKeyIsP384) {
  const crypto::PrivateKey p256 = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  for (const Place place : {Place::kRegional, Place::kZonal, Place::kInstance, Place::kLeaf}) {
    Scene scene;
    scene.put(place, scene.issue(place, scene.spec_of(place), p256.public_key()));
    expect_not_authentic(scene.run(), "chain", "nitro.chain.key");
  }
}

TEST(NitroChain, RejectsCriticalExtensionsNobodyKnows) {
  for (const Place place : kPlaces) {
    Scene scene;
    crypto::CertificateSpec spec = scene.spec_of(place);
    spec.extensions.push_back({"1.3.6.1.4.1.3704.99", false, {5, 0}});
    scene.reissue(place, spec);
    EXPECT_TRUE(scene.run().claims.has_value());
    spec.extensions.back().critical = true;
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "chain", "nitro.chain.critical");
  }
}

TEST(NitroChain, EveryCertificateIsValidNow) {
  for (const Place place : kPlaces) {
    Scene scene;
    crypto::CertificateSpec spec = scene.spec_of(place);
    spec.not_after = kNow;
    scene.reissue(place, spec);
    EXPECT_TRUE(scene.run().claims.has_value());
    spec.not_after = kNow + -1;
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "validity", "nitro.validity.expired");
    spec = scene.spec_of(place);
    spec.not_before = kNow + 1;
    scene.document.timestamp_ms = static_cast<std::uint64_t>(kNow.seconds + 1) * 1000;
    scene.reissue(place, spec);
    expect_not_authentic(scene.run(), "validity", "nitro.validity.not_yet_valid");
  }
}

}  // namespace
}  // namespace claustrum::evidence::nitro
