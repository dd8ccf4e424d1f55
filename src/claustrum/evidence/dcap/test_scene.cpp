// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/test_scene.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {
namespace {

simulator::IntelAuthority make_authority() {
  return simulator::IntelAuthority::create(kNow + -1000 * kDay, kNow + 9000 * kDay).value();
}

void add_floor(Floors& floors, const simulator::IntelAuthority& authority, Signer issuer) {
  floors.crl_this_update[codec::hex_encode(authority.public_key(issuer).spki_sha256())] =
      kNow + -6 * kDay;
}

}  // namespace

const simulator::IntelAuthority& foreign_authority() {
  static const simulator::IntelAuthority authority = make_authority();
  return authority;
}

simulator::IntelPlatformSpec test_platform_spec(Signer pck_ca) {
  simulator::IntelPlatformSpec spec;
  spec.pck_ca = pck_ca;
  spec.not_before = kNow + -10 * kDay;
  spec.not_after = kNow + 300 * kDay;
  return spec;
}

Scene::Scene(simulator::QuoteForm form, Verify verifier, const simulator::IntelPlatformSpec& spec)
    : authority(make_authority()),
      platform(simulator::IntelPlatform::create(authority, spec).value()),
      quote(platform.blank_quote(form)),
      documents(simulator::intel_collateral_spec(platform, quote.header.tee, kNow + -5 * kDay)),
      verify(std::move(verifier)),
      roots({authority.root()}) {
  rebuild();
  floors.have_source = true;
  add_floor(floors, authority, Signer::kRoot);
  add_floor(floors, authority, spec.pck_ca);
}

VerifyInput Scene::input(BytesView evidence) const {
  VerifyInput in;
  in.evidence = evidence;
  in.collateral = &collateral;
  in.now = now;
  in.floors = use_floors ? &floors : nullptr;
  in.extra_roots = roots;
  in.issuers = issuers;
  return in;
}

Verification Scene::run_raw(BytesView evidence) const {
  return verify(input(evidence));
}

void Scene::reissue_leaf(const crypto::CertificateSpec& spec, Signer issuer,
                         const crypto::PublicKey& subject) {
  platform.set_certificate(authority.issue(issuer, spec, subject).value());
  quote.certification_data = platform.pck_chain();
}

void Scene::reissue_leaf(const crypto::CertificateSpec& spec, Signer issuer) {
  reissue_leaf(spec, issuer, platform.pck_key().public_key());
}

void Scene::reissue_leaf(const PckExtension& extension) {
  const crypto::CertificateSpec now_spec = platform.certificate_spec();
  reissue_leaf(simulator::pck_certificate(extension, platform.pck_key().public_key(),
                                          now_spec.not_before, now_spec.not_after),
               documents.pck_ca);
}

void Scene::reissue(Signer which, const crypto::CertificateSpec& spec, Signer issuer) {
  ASSERT_TRUE(authority.reissue(which, spec, issuer).ok());
  platform.set_issuers(authority.issuer_chain(documents.pck_ca));
  quote.certification_data = platform.pck_chain();
  rebuild();
}

void Scene::rebuild() {
  collateral = simulator::make_intel_collateral(authority, documents).value();
}

void Scene::sign_document(const char* name, const codec::Json& document) {
  simulator::sign_document(collateral, name, to_bytes(codec::to_json(document)),
                           authority.key(Signer::kTcbSigning));
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

}  // namespace claustrum::evidence::dcap
