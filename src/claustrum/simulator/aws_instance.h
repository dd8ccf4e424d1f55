// SPDX-License-Identifier: Apache-2.0
// A simulated EC2 instance: its CA, a security module for one enclave and a NitroTPM, each with a
// leaf key. Makes attestation documents in AWS's form [AWS, Nitro Enclaves attestation document;
// NitroTPM attestation document]. It signs what it is told, so that tests change one thing and sign
// again. Nothing is protected by it.
#pragma once

#include "claustrum/evidence/nitro/format.h"
#include "claustrum/simulator/aws_authority.h"

namespace claustrum::simulator {

struct AwsInstanceSpec {
  std::string instance_id = "i-051a0000000000001";
  std::string enclave_id = "01951a0000000001";
  std::string tpm_id = "0000000000000000";
  Instant not_before;  // of the leaves; the instance CA is valid from an hour before
  Instant not_after;   // AWS's leaves: three hours and three seconds
};

// What a register of an enclave holds after one extension of zeros: SHA384(zeros || data).
Bytes extended_register(BytesView data);

class AwsInstance {
 public:
  using Kind = evidence::nitro::Kind;

  static Result<AwsInstance> create(const AwsAuthority& authority, const AwsInstanceSpec& spec);

  // Valid documents of a second after notBefore, every field settable; sign() makes the bytes. An
  // enclave's has sixteen registers, a NitroTPM's twenty-four.
  evidence::nitro::Document blank_document(Kind kind) const;
  Bytes sign(const evidence::nitro::Document& document) const;
  // Any payload under the protected header {1: -35}, by the leaf key of that kind.
  Bytes sign_payload(Kind kind, BytesView payload, bool tagged = false) const;
  // The envelope with every part settable; `key` signs protected header and payload.
  static Bytes seal(const crypto::PrivateKey& key, BytesView protected_header,
                    const codec::Cbor& unprotected_header, BytesView payload, bool tagged = false);

  const AwsInstanceSpec& spec() const { return spec_; }
  std::string module_id(Kind kind) const;
  const crypto::PrivateKey& instance_key() const { return *instance_key_; }
  const crypto::PrivateKey& leaf_key(Kind kind) const {
    return kind == Kind::kTpm ? *tpm_key_ : *enclave_key_;
  }
  // Certificates' contents, to issue other ones for the same keys.
  crypto::CertificateSpec instance_spec() const;
  crypto::CertificateSpec leaf_spec(Kind kind) const;
  const Bytes& instance_certificate() const { return instance_certificate_; }
  const Bytes& leaf_certificate(Kind kind) const {
    return kind == Kind::kTpm ? tpm_certificate_ : enclave_certificate_;
  }
  // Signs whatever it is given. An issuer left empty is the instance CA.
  Result<Bytes> issue_leaf(crypto::CertificateSpec spec, const crypto::PublicKey& subject) const;

 private:
  AwsInstance(AwsInstanceSpec spec, const AwsAuthority& authority);
  AwsInstanceSpec spec_;
  std::string region_;
  std::vector<Bytes> authorities_;  // root, regional, zonal
  // Shared, so that instances copy; keys never change.
  std::shared_ptr<const crypto::PrivateKey> instance_key_;
  std::shared_ptr<const crypto::PrivateKey> enclave_key_;
  std::shared_ptr<const crypto::PrivateKey> tpm_key_;
  Bytes instance_certificate_;
  Bytes enclave_certificate_;
  Bytes tpm_certificate_;
};

}  // namespace claustrum::simulator
