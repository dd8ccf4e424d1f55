// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/amd_authority.h"

#include "claustrum/base/writer.h"
#include "claustrum/simulator/files.h"

namespace claustrum::simulator {
namespace {

using crypto::SigAlg;
using Signer = AmdAuthority::Signer;

std::string cn_of(Signer which, const std::string& product) {
  switch (which) {
    case Signer::kArk:
      return "ARK-" + product;
    case Signer::kAsk:
      return "SEV-" + product;
    case Signer::kAsvk:
      return "SEV-VLEK-" + product;
  }
  return {};
}

std::uint64_t serial_of(Signer which, const std::string& product) {
  const std::uint64_t base = product == "Turin" ? 0x30000 : product == "Genoa" ? 0x20000 : 0x10000;
  return base + (which == Signer::kArk ? 0 : which == Signer::kAsk ? 1 : 0x101);
}

crypto::CertificateSpec ca_spec(Signer which, const AmdAuthorityOptions& options) {
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(cn_of(which, options.product));
  spec.issuer = simulated_name(cn_of(Signer::kArk, options.product));
  spec.serial = serial_of(which, options.product);
  spec.not_before = options.not_before;
  spec.not_after = options.not_after;
  spec.ca = true;
  return spec;
}

// DER element with a one-byte length.
Bytes der(std::uint8_t tag, BytesView content) {
  ByteWriter w;
  w.u8(tag).u8(static_cast<std::uint8_t>(content.size())).bytes(content);
  return std::move(w).take();
}

Bytes der_integer(std::uint8_t value) {
  const Bytes content = value >= 0x80 ? Bytes{0, value} : Bytes{value};
  return der(0x02, content);
}

Bytes der_ia5(std::string_view text) {
  return der(0x16, as_bytes(text.substr(0, 120)));
}

void add_spl(crypto::CertificateSpec& spec, const char* last, std::uint8_t value) {
  spec.extensions.push_back(
      {std::string("1.3.6.1.4.1.3704.1.3.") + last, false, der_integer(value)});
}

const char* file_of(Signer which) {
  switch (which) {
    case Signer::kArk:
      return "ark";
    case Signer::kAsk:
      return "ask";
    case Signer::kAsvk:
      return "asvk";
  }
  return "";
}

}  // namespace

crypto::CertificateSpec vek_certificate(const VekSpec& vek) {
  const bool turin = vek.layout == evidence::snp::TcbLayout::kTurin;
  const bool vlek = vek.kind == evidence::snp::LeafKind::kVlek;
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(vlek ? "SEV-VLEK" : "SEV-VCEK");
  spec.serial = 0;
  spec.not_before = vek.not_before;
  spec.not_after = vek.not_after;
  spec.extensions = {{"1.3.6.1.4.1.3704.1.1", false, der_integer(turin ? 1 : 0)},
                     {"1.3.6.1.4.1.3704.1.2", false, der_ia5(vek.product_name)}};
  if (turin) {
    add_spl(spec, "9", vek.tcb.fmc);
  }
  add_spl(spec, "1", vek.tcb.bootloader);
  add_spl(spec, "2", vek.tcb.tee);
  add_spl(spec, "3", vek.tcb.snp);
  if (!turin) {
    add_spl(spec, "4", vek.tcb.reserved[0]);
  }
  add_spl(spec, "5", vek.tcb.reserved[1]);
  add_spl(spec, "6", vek.tcb.reserved[2]);
  add_spl(spec, "7", vek.tcb.reserved[3]);
  add_spl(spec, "8", vek.tcb.microcode);
  if (vek.hwid) {
    spec.extensions.push_back({"1.3.6.1.4.1.3704.1.4", false, *vek.hwid});
  }
  if (vek.csp_id) {
    spec.extensions.push_back({"1.3.6.1.4.1.3704.1.5", false, der_ia5(*vek.csp_id)});
  }
  return spec;
}

AmdAuthority::AmdAuthority(std::string product, Identity ark, Identity ask, Identity asvk)
    : product_(std::move(product)),
      ark_(std::move(ark)),
      ask_(std::move(ask)),
      asvk_(std::move(asvk)) {}

Result<AmdAuthority> AmdAuthority::create(const AmdAuthorityOptions& options) {
  if (options.product != "Milan" && options.product != "Genoa" && options.product != "Turin") {
    return Error(Code::kUnsupported, "sim.product", "Milan, Genoa or Turin");
  }
  if (options.rsa_bits != 2048 && options.rsa_bits != 3072 && options.rsa_bits != 4096) {
    return Error(Code::kMalformed, "sim.rsa_bits", "RSA keys of 2048, 3072 or 4096 bits");
  }
  crypto::PrivateKey ark = crypto::PrivateKey::generate_rsa(options.rsa_bits);
  crypto::PrivateKey ask = crypto::PrivateKey::generate_rsa(options.rsa_bits);
  crypto::PrivateKey asvk = crypto::PrivateKey::generate_rsa(options.rsa_bits);
  const auto certify = [&](Signer which, const crypto::PrivateKey& subject) {
    return crypto::build_certificate(ca_spec(which, options), subject.public_key(), ark,
                                     SigAlg::kRsaPssSha384);
  };
  CLAUSTRUM_TRY_ASSIGN(Bytes ark_certificate, certify(Signer::kArk, ark));
  CLAUSTRUM_TRY_ASSIGN(Bytes ask_certificate, certify(Signer::kAsk, ask));
  CLAUSTRUM_TRY_ASSIGN(Bytes asvk_certificate, certify(Signer::kAsvk, asvk));
  return AmdAuthority(options.product, {std::move(ark), std::move(ark_certificate)},
                      {std::move(ask), std::move(ask_certificate)},
                      {std::move(asvk), std::move(asvk_certificate)});
}

Status AmdAuthority::save(const std::string& directory) const {
  CLAUSTRUM_TRY(make_private_directory(directory));
  for (const Signer which : {Signer::kArk, Signer::kAsk, Signer::kAsvk}) {
    CLAUSTRUM_TRY(save_identity(directory, file_of(which), member(which)));
  }
  return write_new_file(directory + "/product", as_bytes(product_));
}

Result<AmdAuthority> AmdAuthority::load(const std::string& directory) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes product, read_file(directory + "/product"));
  CLAUSTRUM_TRY_ASSIGN(Identity ark, load_identity(directory, file_of(Signer::kArk)));
  CLAUSTRUM_TRY_ASSIGN(Identity ask, load_identity(directory, file_of(Signer::kAsk)));
  CLAUSTRUM_TRY_ASSIGN(Identity asvk, load_identity(directory, file_of(Signer::kAsvk)));
  return AmdAuthority(std::string(as_text(product)), std::move(ark), std::move(ask),
                      std::move(asvk));
}

Result<AmdAuthority> AmdAuthority::load_or_create(const std::string& directory,
                                                  const AmdAuthorityOptions& options) {
  if (Result<AmdAuthority> there = load(directory); there.ok()) {
    return there;
  }
  CLAUSTRUM_TRY_ASSIGN(const AmdAuthority made, create(options));
  CLAUSTRUM_TRY(
      publish_directory(directory, [&made](const std::string& draft) { return made.save(draft); }));
  return load(directory);
}

const Identity& AmdAuthority::member(Signer which) const {
  return which == Signer::kArk ? ark_ : which == Signer::kAsk ? ask_ : asvk_;
}

const Bytes& AmdAuthority::certificate(Signer which) const {
  return member(which).certificate;
}

evidence::TrustedRoot AmdAuthority::root() const {
  const crypto::Sha256Digest spki = ark_.key.public_key().spki_sha256();
  return {to_bytes(BytesView(spki)), "ARK-" + product_ + " (simulated: no protection)", true};
}

std::uint64_t AmdAuthority::serial(Signer which) const {
  return serial_of(which, product_);
}

Result<Bytes> AmdAuthority::issue(Signer issuer, crypto::CertificateSpec spec,
                                  const crypto::PublicKey& subject) const {
  if (spec.issuer.empty()) {
    spec.issuer = simulated_name(cn_of(issuer, product_));
  }
  return crypto::build_certificate(spec, subject, member(issuer).key, SigAlg::kRsaPssSha384);
}

Result<Bytes> AmdAuthority::issue_vek(const VekSpec& spec, const crypto::PublicKey& subject) const {
  const bool vlek = spec.kind == evidence::snp::LeafKind::kVlek;
  return issue(vlek ? Signer::kAsvk : Signer::kAsk, vek_certificate(spec), subject);
}

Result<Bytes> AmdAuthority::issue_crl(Instant this_update, Instant next_update,
                                      std::vector<std::uint64_t> revoked, Signer signer) const {
  crypto::CrlSpec spec;
  spec.issuer = simulated_name(cn_of(signer, product_));
  spec.this_update = this_update;
  spec.next_update = next_update;
  spec.revoked_serials = std::move(revoked);
  return crypto::build_crl(spec, member(signer).key, SigAlg::kRsaPssSha384);
}

}  // namespace claustrum::simulator
