// SPDX-License-Identifier: Apache-2.0
// A simulated AMD: its own ARK, ASK and ASVK under AMD's names and in AMD's certificate profile
// (RSASSA-PSS with SHA-384, serial 0 leaves, raw HWID), so that the real verifier runs unchanged.
// Its root matches no vendor pin; a verifier accepts it only where a caller or policy names it, and
// then still reports `simulated: no protection` [ARCHITECTURE 1.6]. Keys are stored in the clear.
#pragma once

#include "claustrum/evidence/snp/chain.h"
#include "claustrum/simulator/identity.h"

namespace claustrum::simulator {

struct AmdAuthorityOptions {
  std::string product = "Milan";  // or "Genoa", "Turin"
  unsigned rsa_bits = 4096;       // AMD's; 2048 makes tests fast
  Instant not_before;
  Instant not_after;
};

// Everything a VCEK or VLEK certificate says; each field may be wrong on purpose.
struct VekSpec {
  evidence::snp::LeafKind kind = evidence::snp::LeafKind::kVcek;
  std::string product_name = "Milan-B0";
  evidence::snp::TcbLayout layout = evidence::snp::TcbLayout::kMilan;
  evidence::snp::Tcb tcb;
  std::optional<Bytes> hwid;
  std::optional<std::string> csp_id;
  Instant not_before;
  Instant not_after;
};

// The certificate profile with its AMD extensions, without an issuer.
crypto::CertificateSpec vek_certificate(const VekSpec& spec);

class AmdAuthority {
 public:
  enum class Signer { kArk, kAsk, kAsvk };

  static Result<AmdAuthority> create(const AmdAuthorityOptions& options);
  static Result<AmdAuthority> load(const std::string& directory);
  // Makes the directory (0700); it must not exist.
  Status save(const std::string& directory) const;
  // Safe when several processes start at once: all end up with one authority.
  static Result<AmdAuthority> load_or_create(const std::string& directory,
                                             const AmdAuthorityOptions& options);

  const std::string& product() const { return product_; }
  const Bytes& certificate(Signer which) const;  // DER
  // What a policy must name to accept this authority's evidence.
  evidence::TrustedRoot root() const;

  // Signs whatever it is given: tests make wrong certificates with it. An issuer left empty is the
  // signer's name.
  Result<Bytes> issue(Signer issuer, crypto::CertificateSpec spec,
                      const crypto::PublicKey& subject) const;
  Result<Bytes> issue_vek(const VekSpec& spec, const crypto::PublicKey& subject) const;
  Result<Bytes> issue_crl(Instant this_update, Instant next_update,
                          std::vector<std::uint64_t> revoked = {},
                          Signer signer = Signer::kArk) const;
  std::uint64_t serial(Signer which) const;

 private:
  AmdAuthority(std::string product, Identity ark, Identity ask, Identity asvk);
  const Identity& member(Signer which) const;
  std::string product_;
  Identity ark_;
  Identity ask_;
  Identity asvk_;
};

}  // namespace claustrum::simulator
