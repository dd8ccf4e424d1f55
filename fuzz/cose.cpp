// SPDX-License-Identifier: Apache-2.0
// COSE_Sign1 messages from anybody: parsing is bounded, and what parses never verifies under a key
// that did not sign it.
#include <cstdint>

#include "claustrum/crypto/cose.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using claustrum::crypto::KeyKind;
  static const auto key = claustrum::crypto::PrivateKey::generate(KeyKind::kP256).public_key();
  const claustrum::BytesView input(data, size);
  const auto message =
      claustrum::crypto::parse_cose_sign1(input, claustrum::crypto::CoseTag::kOptional);
  if (message.ok() && claustrum::crypto::verify_cose_sign1(*message, key).ok()) {
    __builtin_trap();
  }
  return 0;
}
