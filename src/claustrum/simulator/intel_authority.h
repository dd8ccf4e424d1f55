// SPDX-License-Identifier: Apache-2.0
// A simulated Intel: its own Root CA, the two PCK CAs and TCB Signing under Intel's names and in
// Intel's certificate profile [Intel SGX PCK certificate and CRL profile specification], so that
// the real verifier runs unchanged. Its root matches no pin of Intel's; a verifier accepts it only
// where a caller or policy names it, and then still reports `simulated: no protection`. Keys are
// stored in the clear.
#pragma once

#include "claustrum/evidence/core/verification.h"
#include "claustrum/simulator/identity.h"

namespace claustrum::simulator {

// keyUsage, critical, as Intel's certificates have it.
crypto::CertificateExtension leaf_key_usage();  // digitalSignature, nonRepudiation
crypto::CertificateExtension ca_key_usage();    // keyCertSign, cRLSign
// Certificates, one PEM block after the other.
Bytes pem_chain(std::initializer_list<BytesView> certificates);
// As Intel does it: from the key. 20 bytes, positive.
Bytes serial_of_key(const crypto::PublicKey& key);

class IntelAuthority {
 public:
  enum class Signer { kRoot, kPlatformCa, kProcessorCa, kTcbSigning };

  static Result<IntelAuthority> create(Instant not_before, Instant not_after);
  static Result<IntelAuthority> load(const std::string& directory);
  // Makes the directory (0700); it must not exist.
  Status save(const std::string& directory) const;
  // Safe when several processes start at once: all end up with one authority.
  static Result<IntelAuthority> load_or_create(const std::string& directory, Instant not_before,
                                               Instant not_after);

  const Bytes& certificate(Signer which) const { return member(which).certificate; }  // DER
  crypto::PublicKey public_key(Signer which) const { return member(which).key.public_key(); }
  const crypto::PrivateKey& key(Signer which) const { return member(which).key; }
  Bytes serial(Signer which) const { return serial_of_key(public_key(which)); }
  // What a policy must name to accept this authority's evidence.
  evidence::TrustedRoot root() const;
  // The certificate and the root, PEM: what the collateral's issuer chains are.
  Bytes issuer_chain(Signer which) const;

  // What a signer's own certificate says, to issue another one that says something else.
  crypto::CertificateSpec spec(Signer which) const;
  // Signs whatever it is given: tests make wrong certificates with it. An issuer left empty is the
  // signer's name.
  Result<Bytes> issue(Signer issuer, crypto::CertificateSpec spec,
                      const crypto::PublicKey& subject) const;
  // From now on `which` stands under this certificate of its own key.
  Status reissue(Signer which, const crypto::CertificateSpec& spec, Signer issuer = Signer::kRoot);
  Result<Bytes> issue_crl(Signer signer, Instant this_update, Instant next_update,
                          std::vector<Bytes> revoked = {}) const;
  // r || s over the bytes, as Intel signs its JSON.
  Bytes sign(Signer which, BytesView message) const;

 private:
  explicit IntelAuthority(std::vector<Identity> members) : members_(std::move(members)) {}
  const Identity& member(Signer which) const;
  std::vector<Identity> members_;  // in the order of Signer
};

}  // namespace claustrum::simulator
