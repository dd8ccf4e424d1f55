// SPDX-License-Identifier: Apache-2.0
// A simulated instance with one valid document; tests change one thing, sign again and look at the
// factors.
#pragma once

#include "claustrum/evidence/nitro/verify.h"
#include "claustrum/simulator/aws_instance.h"

namespace claustrum::evidence::nitro {

// 2026-06-01T00:00:00Z, a minute after the leaves' notBefore.
inline constexpr Instant kNow{1780272000};
inline constexpr std::int64_t kDay = 86400;

// Made once a program.
const simulator::AwsAuthority& test_authority();
// Another authority under the same names.
const simulator::AwsAuthority& foreign_authority();
simulator::AwsInstanceSpec test_instance_spec();

enum class Place { kRoot, kRegional, kZonal, kInstance, kLeaf };
inline constexpr Place kCas[] = {Place::kRoot, Place::kRegional, Place::kZonal, Place::kInstance};
inline constexpr Place kPlaces[] = {Place::kRoot, Place::kRegional, Place::kZonal, Place::kInstance,
                                    Place::kLeaf};

struct Scene {
  explicit Scene(Kind kind = Kind::kEnclave,
                 simulator::AwsInstanceSpec spec = test_instance_spec());

  Verification run() const { return run_raw(instance.sign(document)); }
  Verification run_raw(BytesView evidence) const;
  // The document's members after a change, in a map of either form.
  Verification run_members(const Members& members) const;
  Members members() const { return payload_members(document); }

  // What the certificate in that place says, and the same key under another certificate.
  crypto::CertificateSpec spec_of(Place place) const;
  crypto::PublicKey key_of(Place place) const;
  void reissue(Place place, const crypto::CertificateSpec& spec) {
    put(place, issue(place, spec, key_of(place)));
  }
  // Signed by whoever stands above that place.
  Bytes issue(Place place, crypto::CertificateSpec spec, const crypto::PublicKey& subject) const;
  void put(Place place, Bytes der);

  simulator::AwsInstance instance;
  Document document;
  Kind wanted;
  Instant now = kNow;
  std::vector<TrustedRoot> roots;
  IssuerCache* issuers = nullptr;
};

std::string reason_of(const Verification& v, std::string_view id);
// `id` fails for `reason`, and no other factor fails but `simulated`.
void expect_only_fails(const Verification& v, std::string_view id, std::string_view reason);
// As above, and there are no claims.
void expect_not_authentic(const Verification& v, std::string_view id, std::string_view reason);
// As above, but the claims are there: a policy may judge the factor.
void expect_judged(const Verification& v, std::string_view id, std::string_view reason);

}  // namespace claustrum::evidence::nitro
