// SPDX-License-Identifier: Apache-2.0
// KBS messages and SNP evidence from anybody who can reach the broker.
#include <cstdint>

#include "claustrum/kbs/messages.h"
#include "claustrum/kbs/snp_evidence.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::kbs;
  const claustrum::BytesView input(data, size);
  (void)parse_auth_request(input);
  (void)parse_challenge(input);
  (void)error_detail(input);
  const auto path = parse_resource_path(claustrum::as_text(input));
  if (path.ok() && path->text.find("..") == 0) {
    __builtin_trap();
  }
  const auto attestation = parse_attestation(input);
  if (attestation.ok()) {
    (void)tee_key_from_jwk(attestation->tee_pubkey);
    (void)parse_snp_evidence(attestation->primary_evidence);
    (void)report_data(attestation->nonce, attestation->tee_pubkey,
                      attestation->additional_evidence);
  }
  return 0;
}
