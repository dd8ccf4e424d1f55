// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_authority.h"

#include "claustrum/codec/pem.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/simulator/files.h"

namespace claustrum::simulator {
namespace {

using crypto::SigAlg;
using Signer = IntelAuthority::Signer;

constexpr SigAlg kAlg = SigAlg::kEcdsaP256Sha256;
constexpr Signer kSigners[] = {Signer::kRoot, Signer::kPlatformCa, Signer::kProcessorCa,
                               Signer::kTcbSigning};
constexpr std::size_t kKeyIdLen = 20;

const char* cn_of(Signer which) {
  switch (which) {
    case Signer::kRoot:
      return "Intel SGX Root CA";
    case Signer::kPlatformCa:
      return "Intel SGX PCK Platform CA";
    case Signer::kProcessorCa:
      return "Intel SGX PCK Processor CA";
    case Signer::kTcbSigning:
      return "Intel SGX TCB Signing";
  }
  return "";
}

const char* file_of(Signer which) {
  switch (which) {
    case Signer::kRoot:
      return "root";
    case Signer::kPlatformCa:
      return "platform_ca";
    case Signer::kProcessorCa:
      return "processor_ca";
    case Signer::kTcbSigning:
      return "tcb_signing";
  }
  return "";
}

// subjectKeyIdentifier and authorityKeyIdentifier by the first method of RFC 7093.
Bytes key_id(std::uint8_t tag, const crypto::PublicKey& key) {
  const crypto::Sha256Digest digest = key.spki_sha256();
  return concat({Bytes{tag, kKeyIdLen}, BytesView(digest).first(kKeyIdLen)});
}

crypto::CertificateExtension authority_key_id(const crypto::PublicKey& key) {
  return {"2.5.29.35", false, concat({Bytes{0x30, kKeyIdLen + 2}, key_id(0x80, key)})};
}

crypto::CertificateSpec signer_spec(Signer which, const crypto::PublicKey& key, Instant not_before,
                                    Instant not_after) {
  const bool ca = which != Signer::kTcbSigning;
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(cn_of(which));
  spec.issuer = simulated_name(cn_of(Signer::kRoot));
  spec.long_serial = serial_of_key(key);
  spec.not_before = not_before;
  spec.not_after = not_after;
  spec.ca = ca;
  if (ca) {
    spec.path_len = which == Signer::kRoot ? std::uint8_t{1} : std::uint8_t{0};
  }
  spec.extensions = {{"2.5.29.14", false, key_id(0x04, key)},
                     ca ? ca_key_usage() : leaf_key_usage()};
  return spec;
}

}  // namespace

crypto::CertificateExtension leaf_key_usage() {
  return {"2.5.29.15", true, Bytes{0x03, 0x02, 0x06, 0xc0}};
}

crypto::CertificateExtension ca_key_usage() {
  return {"2.5.29.15", true, Bytes{0x03, 0x02, 0x01, 0x06}};
}

Bytes pem_chain(std::initializer_list<BytesView> certificates) {
  Bytes out;
  for (const BytesView certificate : certificates) {
    append(out, codec::pem_encode("CERTIFICATE", certificate));
  }
  return out;
}

Bytes serial_of_key(const crypto::PublicKey& key) {
  const crypto::Sha256Digest digest = key.spki_sha256();
  Bytes out = to_bytes(BytesView(digest).last(kKeyIdLen));
  out[0] = static_cast<std::uint8_t>((out[0] & 0x7f) | 0x40);
  return out;
}

const Identity& IntelAuthority::member(Signer which) const {
  return members_[static_cast<std::size_t>(which)];
}

Result<IntelAuthority> IntelAuthority::create(Instant not_before, Instant not_after) {
  std::vector<Identity> members;
  for (const Signer which : kSigners) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const crypto::PublicKey subject = key.public_key();
    const crypto::PrivateKey& issuer = which == Signer::kRoot ? key : members.front().key;
    crypto::CertificateSpec spec = signer_spec(which, subject, not_before, not_after);
    spec.extensions.push_back(authority_key_id(issuer.public_key()));
    CLAUSTRUM_TRY_ASSIGN(Bytes certificate, crypto::build_certificate(spec, subject, issuer, kAlg));
    members.push_back({std::move(key), std::move(certificate)});
  }
  return IntelAuthority(std::move(members));
}

Status IntelAuthority::save(const std::string& directory) const {
  CLAUSTRUM_TRY(make_private_directory(directory));
  for (const Signer which : kSigners) {
    CLAUSTRUM_TRY(save_identity(directory, file_of(which), member(which)));
  }
  return ok_status();
}

Result<IntelAuthority> IntelAuthority::load(const std::string& directory) {
  std::vector<Identity> members;
  for (const Signer which : kSigners) {
    CLAUSTRUM_TRY_ASSIGN(Identity one, load_identity(directory, file_of(which)));
    members.push_back(std::move(one));
  }
  return IntelAuthority(std::move(members));
}

Result<IntelAuthority> IntelAuthority::load_or_create(const std::string& directory,
                                                      Instant not_before, Instant not_after) {
  if (Result<IntelAuthority> there = load(directory); there.ok()) {
    return there;
  }
  CLAUSTRUM_TRY_ASSIGN(const IntelAuthority made, create(not_before, not_after));
  CLAUSTRUM_TRY(
      publish_directory(directory, [&made](const std::string& draft) { return made.save(draft); }));
  return load(directory);
}

evidence::TrustedRoot IntelAuthority::root() const {
  const crypto::Sha256Digest spki = public_key(Signer::kRoot).spki_sha256();
  return {to_bytes(BytesView(spki)), "Intel SGX Root CA (simulated: no protection)", true};
}

Bytes IntelAuthority::issuer_chain(Signer which) const {
  return pem_chain({certificate(which), certificate(Signer::kRoot)});
}

crypto::CertificateSpec IntelAuthority::spec(Signer which) const {
  const crypto::Certificate now = crypto::Certificate::parse(certificate(which)).value();
  return signer_spec(which, public_key(which), now.not_before(), now.not_after());
}

Result<Bytes> IntelAuthority::issue(Signer issuer, crypto::CertificateSpec spec,
                                    const crypto::PublicKey& subject) const {
  if (spec.issuer.empty()) {
    spec.issuer = simulated_name(cn_of(issuer));
  }
  spec.extensions.push_back(authority_key_id(public_key(issuer)));
  return crypto::build_certificate(spec, subject, key(issuer), kAlg);
}

Status IntelAuthority::reissue(Signer which, const crypto::CertificateSpec& spec, Signer issuer) {
  CLAUSTRUM_TRY_ASSIGN(members_[static_cast<std::size_t>(which)].certificate,
                       issue(issuer, spec, public_key(which)));
  return ok_status();
}

Result<Bytes> IntelAuthority::issue_crl(Signer signer, Instant this_update, Instant next_update,
                                        std::vector<Bytes> revoked) const {
  crypto::CrlSpec spec;
  spec.issuer = simulated_name(cn_of(signer));
  spec.this_update = this_update;
  spec.next_update = next_update;
  spec.long_revoked_serials = std::move(revoked);
  spec.extensions = {authority_key_id(public_key(signer))};
  return crypto::build_crl(spec, key(signer), kAlg);
}

Bytes IntelAuthority::sign(Signer which, BytesView message) const {
  return crypto::sign(key(which), kAlg, message);
}

}  // namespace claustrum::simulator
