// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/test_scene.h"

#include <gtest/gtest.h>

namespace claustrum::evidence::nitro {
namespace {

using simulator::AwsAuthority;

AwsAuthority make_authority() {
  return AwsAuthority::create(kNow + -1000 * kDay, kNow + 9000 * kDay).value();
}

AwsAuthority::Signer signer_at(Place place) {
  return static_cast<AwsAuthority::Signer>(place);
}

}  // namespace

const AwsAuthority& test_authority() {
  static const AwsAuthority authority = make_authority();
  return authority;
}

const AwsAuthority& foreign_authority() {
  static const AwsAuthority authority = make_authority();
  return authority;
}

simulator::AwsInstanceSpec test_instance_spec() {
  simulator::AwsInstanceSpec spec;
  spec.not_before = kNow + -60;
  spec.not_after = kNow + -60 + 3 * 3600 + 3;
  return spec;
}

Scene::Scene(Kind kind, simulator::AwsInstanceSpec spec)
    : instance(simulator::AwsInstance::create(test_authority(), spec).value()),
      document(instance.blank_document(kind)),
      wanted(kind),
      roots({test_authority().root()}) {}

Verification Scene::run_raw(BytesView evidence) const {
  VerifyInput in;
  in.evidence = evidence;
  in.now = now;
  in.extra_roots = roots;
  in.issuers = issuers;
  return wanted == Kind::kTpm ? verify_tpm(in) : verify(in);
}

Verification Scene::run_members(const Members& changed) const {
  const Bytes payload = encode_payload(changed, document.indefinite_map);
  return run_raw(instance.sign_payload(document.kind, payload, document.tagged));
}

crypto::CertificateSpec Scene::spec_of(Place place) const {
  switch (place) {
    case Place::kRoot:
    case Place::kRegional:
    case Place::kZonal:
      return test_authority().spec(signer_at(place));
    case Place::kInstance:
      return instance.instance_spec();
    case Place::kLeaf:
      break;
  }
  return instance.leaf_spec(document.kind);
}

crypto::PublicKey Scene::key_of(Place place) const {
  switch (place) {
    case Place::kRoot:
    case Place::kRegional:
    case Place::kZonal:
      return test_authority().public_key(signer_at(place));
    case Place::kInstance:
      return instance.instance_key().public_key();
    case Place::kLeaf:
      break;
  }
  return instance.leaf_key(document.kind).public_key();
}

Bytes Scene::issue(Place place, crypto::CertificateSpec spec,
                   const crypto::PublicKey& subject) const {
  switch (place) {
    case Place::kRoot:
    case Place::kRegional:
      return test_authority().issue(AwsAuthority::Signer::kRoot, std::move(spec), subject).value();
    case Place::kZonal:
      return test_authority()
          .issue(AwsAuthority::Signer::kRegional, std::move(spec), subject)
          .value();
    case Place::kInstance:
      return test_authority().issue(AwsAuthority::Signer::kZonal, std::move(spec), subject).value();
    case Place::kLeaf:
      break;
  }
  return instance.issue_leaf(std::move(spec), subject).value();
}

void Scene::put(Place place, Bytes der) {
  if (place == Place::kLeaf) {
    document.certificate = std::move(der);
  } else {
    document.cabundle[static_cast<std::size_t>(place)] = std::move(der);
  }
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

}  // namespace claustrum::evidence::nitro
