// SPDX-License-Identifier: Apache-2.0
// A simulated Intel platform: one PCK key with its certificate, one attestation key, and a quoting
// enclave that is a report in a file. Makes SGX quotes of version 3 to 5 and TDX quotes of version
// 4 and 5 [Intel SGX ECDSA quote library API, appendix A; Intel TDX DCAP quoting library API,
// appendix A]. It signs what it is told, so that tests change one thing and sign again. Nothing is
// protected by it.
#pragma once

#include "claustrum/evidence/dcap/pck.h"
#include "claustrum/evidence/dcap/quote.h"
#include "claustrum/simulator/intel_authority.h"

namespace claustrum::simulator {

// The quoting enclave's, as Intel's own has them; the simulated identity documents say the same.
const ByteArray<32>& qe_mr_signer(evidence::dcap::Tee tee);
inline constexpr std::uint16_t kQeProdId = 1;
inline constexpr std::uint16_t kTdQeProdId = 2;
inline constexpr std::uint16_t kQeIsvSvn = 8;  // of both
// TDX module 1.5 at its fifth security version.
inline constexpr ByteArray<16> kTeeTcbSvn = {5, 1, 2};
inline constexpr ByteArray<16> kIntelQeVendorId = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                                   0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

enum class QuoteForm { kSgxV3, kSgxV4, kSgxV5, kTdV4, kTd10V5, kTd15V5, kTd15ExV5 };
inline constexpr QuoteForm kQuoteForms[] = {
    QuoteForm::kSgxV3,  QuoteForm::kSgxV4,  QuoteForm::kSgxV5,   QuoteForm::kTdV4,
    QuoteForm::kTd10V5, QuoteForm::kTd15V5, QuoteForm::kTd15ExV5};
evidence::dcap::Tee tee_of(QuoteForm form);

struct IntelPlatformSpec {
  IntelAuthority::Signer pck_ca = IntelAuthority::Signer::kPlatformCa;  // or kProcessorCa
  // PPID and platform instance id are drawn by create().
  evidence::dcap::PlatformTcb tcb = {.components = {7, 7, 2, 2, 3, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0},
                                     .pce_svn = 13};
  ByteArray<6> fmspc = {'S', 'I', 'M', 0, 0, 1};  // no CPU's
  Instant not_before;                             // of the PCK certificate
  Instant not_after;
};

// The PCK certificate's contents with its SGX extension, without an issuer.
crypto::CertificateSpec pck_certificate(const evidence::dcap::PckExtension& extension,
                                        const crypto::PublicKey& key, Instant not_before,
                                        Instant not_after);

// The three signing steps of a quote, each by itself; seal() of a platform does them in order.
// QE report_data = SHA-256(attestation key || auth data) || zeros.
void bind_attestation_key(evidence::dcap::Quote& quote);
// qe_report_raw and its signature, from qe_report.
void sign_qe_report(evidence::dcap::Quote& quote, const crypto::PrivateKey& pck_key);
// signed_bytes and their signature, from header and body.
void sign_body(evidence::dcap::Quote& quote, const crypto::PrivateKey& attestation_key);
// x || y.
ByteArray<64> raw_point(const crypto::PublicKey& key);

class IntelPlatform {
 public:
  // A fresh platform.
  static Result<IntelPlatform> create(const IntelAuthority& authority,
                                      const IntelPlatformSpec& spec);

  // Every field settable; seal() makes what binds and signs them.
  evidence::dcap::Quote blank_quote(QuoteForm form) const;
  evidence::dcap::Quote seal(evidence::dcap::Quote quote) const;
  Bytes sign(const evidence::dcap::Quote& quote) const;  // serialize(seal(quote))
  Bytes quote(QuoteForm form, const ByteArray<64>& report_data) const;

  const crypto::PrivateKey& pck_key() const { return pck_key_; }
  const crypto::PrivateKey& attestation_key() const { return attestation_key_; }
  const Bytes& certificate() const { return certificate_; }
  // PEM: leaf, PCK CA, root; a NUL behind it, as Intel's library writes.
  Bytes pck_chain() const;
  // For the quotes made from now on: another certificate, another chain above it.
  void set_certificate(Bytes der) { certificate_ = std::move(der); }
  void set_issuers(Bytes pem) { issuers_ = std::move(pem); }

  // The certificate's contents, to issue another one for the same key.
  const evidence::dcap::PckExtension& pck() const { return pck_; }
  crypto::CertificateSpec certificate_spec() const;
  const IntelPlatformSpec& spec() const { return spec_; }

 private:
  IntelPlatform(IntelPlatformSpec spec, evidence::dcap::PckExtension pck);
  IntelPlatformSpec spec_;
  evidence::dcap::PckExtension pck_;
  crypto::PrivateKey pck_key_;
  crypto::PrivateKey attestation_key_;
  ByteArray<16> qe_id_{};
  Bytes certificate_;
  Bytes issuers_;  // PEM of PCK CA and root
};

}  // namespace claustrum::simulator
