// SPDX-License-Identifier: Apache-2.0
// A simulated AWS: a root, a regional and a zonal CA under AWS's common names and in the profile of
// AWS's certificates [AWS, Nitro Enclaves attestation document, certificate chain], so that the
// real verifier runs unchanged. Its root matches no pin; a verifier accepts it only where a caller
// or policy names it, and then still reports `simulated: no protection`. Other than AWS's, the
// regional and zonal CAs live as long as the root. Keys are stored in the clear.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/simulator/identity.h"

namespace claustrum::simulator {

class AwsAuthority {
 public:
  enum class Signer { kRoot, kRegional, kZonal };

  // `region` is a name of AWS's, "us-east-1": it goes into the certificates.
  static Result<AwsAuthority> create(Instant not_before, Instant not_after,
                                     const std::string& region = "us-east-1");
  static Result<AwsAuthority> load(const std::string& directory);
  // Makes the directory (0700); it must not exist.
  Status save(const std::string& directory) const;
  // Safe when several processes start at once: all end up with one authority.
  static Result<AwsAuthority> load_or_create(const std::string& directory, Instant not_before,
                                             Instant not_after);

  const Bytes& certificate(Signer which) const { return member(which).certificate; }  // DER
  crypto::PublicKey public_key(Signer which) const { return member(which).key.public_key(); }
  const crypto::PrivateKey& key(Signer which) const { return member(which).key; }
  const std::string& region() const { return region_; }
  // What a policy must name to accept this authority's evidence.
  evidence::TrustedRoot root() const;

  // What a signer's own certificate says, to issue another one that says something else.
  crypto::CertificateSpec spec(Signer which) const;
  // Signs whatever it is given: tests make wrong certificates with it. An issuer left empty is the
  // signer's name.
  Result<Bytes> issue(Signer issuer, crypto::CertificateSpec spec,
                      const crypto::PublicKey& subject) const;

 private:
  AwsAuthority(std::vector<Identity> members, std::string region)
      : members_(std::move(members)), region_(std::move(region)) {}
  const Identity& member(Signer which) const;
  std::vector<Identity> members_;  // in the order of Signer
  std::string region_;
};

// keyUsage as AWS's certificates have it.
crypto::CertificateExtension aws_ca_key_usage();        // root, regional, zonal: critical
crypto::CertificateExtension aws_instance_key_usage();  // keyCertSign alone, critical
crypto::CertificateExtension aws_leaf_key_usage();      // not critical

}  // namespace claustrum::simulator
