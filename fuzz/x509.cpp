// SPDX-License-Identifier: Apache-2.0
// Certificates, CRLs and public keys from anybody: nothing crashes, hangs or allocates beyond its
// limits, and whatever parses can be asked everything.
#include <cstdint>

#include "claustrum/crypto/x509.h"

namespace {

using claustrum::BytesView;
using claustrum::Instant;

void ask(const claustrum::crypto::Certificate& certificate) {
  (void)certificate.subject_cn();
  (void)certificate.issuer_cn();
  (void)certificate.subject_text();
  (void)certificate.serial();
  (void)certificate.extension("1.3.6.1.4.1.3704.1.1");
  (void)certificate.unhandled_critical_extensions();
  (void)certificate.is_self_issued();
  (void)certificate.check_time(Instant{0});
  (void)certificate.verify_issued_by(certificate);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const auto certificate = claustrum::crypto::Certificate::parse_der_or_pem(input);
  if (certificate.ok()) {
    ask(*certificate);
  }
  const auto crl = claustrum::crypto::Crl::parse(input);
  if (crl.ok()) {
    (void)crl->number();
    (void)crl->revokes(BytesView(data, size < 4 ? size : 4));
    (void)crl->check_time(Instant{0});
    if (certificate.ok()) {
      (void)crl->verify_issued_by(*certificate);
    }
  }
  (void)claustrum::crypto::PublicKey::from_spki(input);
  return 0;
}
