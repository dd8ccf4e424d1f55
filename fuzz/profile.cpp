// SPDX-License-Identifier: Apache-2.0
// First byte '0': a profile file as received. Else: a payload, signed here with a fixed key so that
// what stands behind the signature is reached too.
#include "claustrum/document/profile.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"

namespace {

const claustrum::crypto::PrivateKey& publisher() {
  static const claustrum::crypto::PrivateKey key =
      claustrum::crypto::PrivateKey::from_raw(claustrum::crypto::KeyKind::kP256,
                                              claustrum::Bytes(32, 0x01))
          .value();
  return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const claustrum::BytesView input(data + 1, size - 1);
  const auto pin = publisher().public_key().spki_sha256();
  if (data[0] == '0') {
    (void)claustrum::document::verify_profile(input, pin);
    return 0;
  }
  claustrum::codec::Json header = claustrum::codec::Json::object();
  header.set("typ", claustrum::document::kProfileType)
      .set("kid", claustrum::codec::hex_encode(pin));
  const std::string text = claustrum::codec::to_json(
      claustrum::crypto::jws_sign_flattened(publisher(), std::move(header), input));
  const auto profile = claustrum::document::verify_profile(claustrum::as_bytes(text), pin);
  if (profile.ok() && claustrum::document::explain_profile(*profile).empty()) {
    std::abort();
  }
  return 0;
}
