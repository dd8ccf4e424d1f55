// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/aws_instance.h"

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::simulator {
namespace {

using codec::Cbor;
using crypto::SigAlg;
using evidence::nitro::Document;
using evidence::nitro::Kind;

constexpr SigAlg kAlg = SigAlg::kEcdsaP384Sha384;
constexpr std::uint64_t kTagSign1 = 18;
constexpr std::int64_t kHour = 3600;
constexpr std::uint8_t kProtectedEs384[] = {0xa1, 0x01, 0x38, 0x22};
constexpr std::size_t kRegisterLen = evidence::nitro::kSha384Len;

std::shared_ptr<const crypto::PrivateKey> fresh_key() {
  return std::make_shared<const crypto::PrivateKey>(
      crypto::PrivateKey::generate(crypto::KeyKind::kP384));
}

// As an image's: kernel, bootstrap and application; none of a real image.
void set_enclave_registers(const std::string& instance, Document& d) {
  for (unsigned i = 0; i <= 15; ++i) {
    d.registers[i] = Bytes(kRegisterLen, 0);
  }
  for (unsigned i = 0; i <= 2; ++i) {
    d.registers[i] = extended_register(as_bytes("simulated image " + std::to_string(i)));
  }
  d.registers[4] = extended_register(as_bytes(instance));
}

// Firmware and system in 0 to 10, the localities' registers at all ones.
void set_tpm_registers(Document& d) {
  for (unsigned i = 0; i <= 23; ++i) {
    const bool ones = i >= 17 && i <= 22;
    d.registers[i] = Bytes(kRegisterLen, ones ? 0xff : 0x00);
  }
  for (unsigned i = 0; i <= 10; ++i) {
    d.registers[i] = extended_register(as_bytes("simulated boot " + std::to_string(i)));
  }
}

}  // namespace

Bytes extended_register(BytesView data) {
  const ByteArray<kRegisterLen> zeros{};
  const crypto::Sha384Digest digest = crypto::sha384(concat({zeros, data}));
  return to_bytes(BytesView(digest));
}

AwsInstance::AwsInstance(AwsInstanceSpec spec, const AwsAuthority& authority)
    : spec_(std::move(spec)),
      region_(authority.region()),
      authorities_({authority.certificate(AwsAuthority::Signer::kRoot),
                    authority.certificate(AwsAuthority::Signer::kRegional),
                    authority.certificate(AwsAuthority::Signer::kZonal)}),
      instance_key_(fresh_key()),
      enclave_key_(fresh_key()),
      tpm_key_(fresh_key()) {}

Result<AwsInstance> AwsInstance::create(const AwsAuthority& authority,
                                        const AwsInstanceSpec& spec) {
  AwsInstance out(spec, authority);
  CLAUSTRUM_TRY_ASSIGN(out.instance_certificate_,
                       authority.issue(AwsAuthority::Signer::kZonal, out.instance_spec(),
                                       out.instance_key_->public_key()));
  CLAUSTRUM_TRY_ASSIGN(out.enclave_certificate_, out.issue_leaf(out.leaf_spec(Kind::kEnclave),
                                                                out.enclave_key_->public_key()));
  CLAUSTRUM_TRY_ASSIGN(out.tpm_certificate_,
                       out.issue_leaf(out.leaf_spec(Kind::kTpm), out.tpm_key_->public_key()));
  return out;
}

std::string AwsInstance::module_id(Kind kind) const {
  return spec_.instance_id +
         (kind == Kind::kTpm ? "-tpm" + spec_.tpm_id : "-enc" + spec_.enclave_id);
}

crypto::CertificateSpec AwsInstance::instance_spec() const {
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(spec_.instance_id + "." + region_ + ".aws.nitro-enclaves");
  spec.serial = 4;
  spec.not_before = spec_.not_before + -kHour;
  spec.not_after = spec_.not_after + kHour;
  spec.ca = true;
  spec.path_len = 0;
  spec.extensions = {aws_instance_key_usage()};
  return spec;
}

// Serial of an enclave's leaf: the enclave id, then the second of issue; of a NitroTPM's: the
// second alone.
crypto::CertificateSpec AwsInstance::leaf_spec(Kind kind) const {
  crypto::CertificateSpec spec;
  spec.subject = simulated_name(module_id(kind) + "." + region_ + ".aws");
  spec.issuer = instance_spec().subject;
  const auto issued = static_cast<std::uint64_t>(spec_.not_before.seconds);
  if (kind == Kind::kTpm) {
    spec.serial = issued;
  } else {
    spec.long_serial = codec::hex_decode(spec_.enclave_id).value();
    append(spec.long_serial, BytesView(ByteWriter().u64be(issued).view()));
  }
  spec.not_before = spec_.not_before;
  spec.not_after = spec_.not_after;
  spec.ca = false;
  spec.extensions = {aws_leaf_key_usage()};
  return spec;
}

Result<Bytes> AwsInstance::issue_leaf(crypto::CertificateSpec spec,
                                      const crypto::PublicKey& subject) const {
  if (spec.issuer.empty()) {
    spec.issuer = instance_spec().subject;
  }
  return crypto::build_certificate(spec, subject, *instance_key_, kAlg);
}

Document AwsInstance::blank_document(Kind kind) const {
  Document d;
  d.kind = kind;
  d.module_id = module_id(kind);
  d.digest = "SHA384";
  d.timestamp_ms = static_cast<std::uint64_t>(spec_.not_before.seconds + 1) * 1000 + 500;
  if (kind == Kind::kTpm) {
    set_tpm_registers(d);
  } else {
    set_enclave_registers(spec_.instance_id, d);
  }
  d.certificate = leaf_certificate(kind);
  d.cabundle = authorities_;
  d.cabundle.push_back(instance_certificate_);
  d.indefinite_map = true;
  return d;
}

Bytes AwsInstance::sign(const Document& d) const {
  const Bytes payload =
      evidence::nitro::encode_payload(evidence::nitro::payload_members(d), d.indefinite_map);
  return sign_payload(d.kind, payload, d.tagged);
}

Bytes AwsInstance::sign_payload(Kind kind, BytesView payload, bool tagged) const {
  return seal(leaf_key(kind), kProtectedEs384, Cbor::map({}), payload, tagged);
}

// [RFC 9052 4.4]
Bytes AwsInstance::seal(const crypto::PrivateKey& key, BytesView protected_header,
                        const Cbor& unprotected_header, BytesView payload, bool tagged) {
  const Bytes to_sign =
      codec::encode_cbor(Cbor::array({Cbor::text("Signature1"), Cbor::bytes(protected_header),
                                      Cbor::bytes({}), Cbor::bytes(payload)}));
  const Bytes signature = crypto::sign(key, kAlg, to_sign);
  Cbor body = Cbor::array({Cbor::bytes(protected_header), unprotected_header, Cbor::bytes(payload),
                           Cbor::bytes(signature)});
  return codec::encode_cbor(tagged ? Cbor::tag(kTagSign1, std::move(body)) : body);
}

}  // namespace claustrum::simulator
