// SPDX-License-Identifier: Apache-2.0
// KBS messages from anybody who can reach the broker, and a broker's answers as a client reads
// them. What was read is written so that it reads the same again.
#include "claustrum/base/check.h"
#include "claustrum/kbs/messages.h"
#include "claustrum/kbs/snp_evidence.h"

using namespace claustrum;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const auto auth = kbs::parse_auth_request(input);
  CLAUSTRUM_CHECK(!auth.ok() || auth->version == kbs::kProtocolVersion);
  const auto challenge = kbs::parse_challenge(input);
  if (challenge.ok()) {
    const std::string text = kbs::to_json(*challenge);
    CLAUSTRUM_CHECK(kbs::parse_challenge(as_bytes(text))->nonce == challenge->nonce);
  }
  for (const char c : kbs::error_detail(input)) {
    CLAUSTRUM_CHECK(c >= 0x20 && c <= 0x7E);
  }
  const auto path = kbs::parse_resource_path(as_text(input));
  CLAUSTRUM_CHECK(!path.ok() || path->text.find("..") != 0);
  const auto attestation = kbs::parse_attestation(input);
  if (attestation.ok()) {
    const std::string text = kbs::to_json(*attestation);
    const auto again = kbs::parse_attestation(as_bytes(text));
    CLAUSTRUM_CHECK(again.ok() && kbs::to_json(*again) == text);
    (void)kbs::tee_key_from_jwk(attestation->tee_pubkey);
    (void)kbs::report_data(attestation->nonce, attestation->tee_pubkey,
                           attestation->additional_evidence);
    (void)kbs::parse_snp_evidence(attestation->primary_evidence);
  }
  return 0;
}
