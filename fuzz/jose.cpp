// SPDX-License-Identifier: Apache-2.0
// JWS, JWE and JWK from anybody: bounded, and nothing verifies or opens under keys that had no part
// in it.
#include <cstdint>

#include "claustrum/crypto/jose.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum::crypto;
  static const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  static const PublicKey public_key = key.public_key();
  const claustrum::BytesView input(data, size);
  if (jws_verify_compact(claustrum::as_text(input), public_key).ok()) {
    __builtin_trap();
  }
  (void)jws_parse_compact_unverified(claustrum::as_text(input));
  const auto json = claustrum::codec::parse_json(input);
  if (json.ok()) {
    (void)public_key_from_jwk(*json);
    if (jws_verify_flattened(*json, public_key).ok() || jwe_decrypt(*json, key).ok()) {
      __builtin_trap();
    }
  }
  return 0;
}
