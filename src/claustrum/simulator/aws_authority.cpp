// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/aws_authority.h"

#include "claustrum/crypto/sign.h"
#include "claustrum/simulator/files.h"

namespace claustrum::simulator {
namespace {

using crypto::SigAlg;
using Signer = AwsAuthority::Signer;

constexpr SigAlg kAlg = SigAlg::kEcdsaP384Sha384;
constexpr Signer kSigners[] = {Signer::kRoot, Signer::kRegional, Signer::kZonal};
constexpr std::string_view kCaSuffix = ".aws.nitro-enclaves";
constexpr std::string_view kRegionalPrefix = "51a0000000000001.";
constexpr std::string_view kZonalPrefix = "51a0000000000002.zonal.";

// As in AWS's: a random-looking part, then where it is used.
std::string cn_of(Signer which, const std::string& region) {
  switch (which) {
    case Signer::kRoot:
      return "aws.nitro-enclaves";
    case Signer::kRegional:
      return std::string(kRegionalPrefix) + region + std::string(kCaSuffix);
    case Signer::kZonal:
      return std::string(kZonalPrefix) + region + std::string(kCaSuffix);
  }
  return {};
}

const char* file_of(Signer which) {
  switch (which) {
    case Signer::kRoot:
      return "root";
    case Signer::kRegional:
      return "regional";
    case Signer::kZonal:
      return "zonal";
  }
  return "";
}

Signer issuer_of(Signer which) {
  return which == Signer::kZonal ? Signer::kRegional : Signer::kRoot;
}

crypto::CertificateSpec signer_spec(Signer which, const std::string& region, Instant not_before,
                                    Instant not_after) {
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(cn_of(which, region));
  spec.issuer = simulated_name(cn_of(issuer_of(which), region));
  spec.serial = static_cast<std::uint64_t>(which) + 1;
  spec.not_before = not_before;
  spec.not_after = not_after;
  spec.ca = true;
  if (which != Signer::kRoot) {
    spec.path_len = which == Signer::kRegional ? std::uint8_t{2} : std::uint8_t{1};
  }
  spec.extensions = {aws_ca_key_usage()};
  return spec;
}

// The region as the regional CA's own name says it.
std::string region_in(const Bytes& certificate) {
  const Result<crypto::Certificate> regional = crypto::Certificate::parse(certificate);
  const std::string cn = regional.ok() ? regional->subject_cn() : std::string();
  const std::size_t fixed = kRegionalPrefix.size() + kCaSuffix.size();
  return cn.size() <= fixed ? std::string() : cn.substr(kRegionalPrefix.size(), cn.size() - fixed);
}

}  // namespace

crypto::CertificateExtension aws_ca_key_usage() {
  return {"2.5.29.15", true, Bytes{0x03, 0x02, 0x01, 0x86}};
}

crypto::CertificateExtension aws_instance_key_usage() {
  return {"2.5.29.15", true, Bytes{0x03, 0x02, 0x02, 0x04}};
}

crypto::CertificateExtension aws_leaf_key_usage() {
  return {"2.5.29.15", false, Bytes{0x03, 0x02, 0x06, 0xc0}};
}

const Identity& AwsAuthority::member(Signer which) const {
  return members_[static_cast<std::size_t>(which)];
}

Result<AwsAuthority> AwsAuthority::create(Instant not_before, Instant not_after,
                                          const std::string& region) {
  std::vector<Identity> members;
  for (const Signer which : kSigners) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
    const crypto::PublicKey subject = key.public_key();
    const crypto::PrivateKey& issuer =
        which == Signer::kRoot ? key : members[static_cast<std::size_t>(issuer_of(which))].key;
    const crypto::CertificateSpec spec = signer_spec(which, region, not_before, not_after);
    CLAUSTRUM_TRY_ASSIGN(Bytes certificate, crypto::build_certificate(spec, subject, issuer, kAlg));
    members.push_back({std::move(key), std::move(certificate)});
  }
  return AwsAuthority(std::move(members), region);
}

Status AwsAuthority::save(const std::string& directory) const {
  CLAUSTRUM_TRY(make_private_directory(directory));
  for (const Signer which : kSigners) {
    CLAUSTRUM_TRY(save_identity(directory, file_of(which), member(which)));
  }
  return ok_status();
}

Result<AwsAuthority> AwsAuthority::load(const std::string& directory) {
  std::vector<Identity> members;
  for (const Signer which : kSigners) {
    CLAUSTRUM_TRY_ASSIGN(Identity one, load_identity(directory, file_of(which)));
    members.push_back(std::move(one));
  }
  std::string region = region_in(members[static_cast<std::size_t>(Signer::kRegional)].certificate);
  if (region.empty()) {
    return Error(Code::kMalformed, "sim.aws.region", "the regional CA names no region");
  }
  return AwsAuthority(std::move(members), std::move(region));
}

Result<AwsAuthority> AwsAuthority::load_or_create(const std::string& directory, Instant not_before,
                                                  Instant not_after) {
  if (Result<AwsAuthority> there = load(directory); there.ok()) {
    return there;
  }
  CLAUSTRUM_TRY_ASSIGN(const AwsAuthority made, create(not_before, not_after));
  CLAUSTRUM_TRY(
      publish_directory(directory, [&made](const std::string& draft) { return made.save(draft); }));
  return load(directory);
}

evidence::TrustedRoot AwsAuthority::root() const {
  const crypto::Sha256Digest spki = public_key(Signer::kRoot).spki_sha256();
  return {to_bytes(BytesView(spki)), "aws.nitro-enclaves (simulated: no protection)", true};
}

crypto::CertificateSpec AwsAuthority::spec(Signer which) const {
  const crypto::Certificate now = crypto::Certificate::parse(certificate(which)).value();
  return signer_spec(which, region_, now.not_before(), now.not_after());
}

Result<Bytes> AwsAuthority::issue(Signer issuer, crypto::CertificateSpec spec,
                                  const crypto::PublicKey& subject) const {
  if (spec.issuer.empty()) {
    spec.issuer = simulated_name(cn_of(issuer, region_));
  }
  return crypto::build_certificate(spec, subject, key(issuer), kAlg);
}

}  // namespace claustrum::simulator
