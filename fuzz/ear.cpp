// SPDX-License-Identifier: Apache-2.0
// Results of other verifiers: bounded; nothing verifies under a key that had no part in it; what is
// signed claims no more than its parts; explaining shows no control byte.
#include "claustrum/policy/ear.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "claustrum/crypto/jose.h"

namespace {

using namespace claustrum;

bool harmless(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
  });
}

void check_claims(BytesView input, const crypto::PrivateKey& key) {
  const auto ear = policy::parse_ear(input);
  if (!ear.ok()) {
    return;
  }
  for (const policy::EarSubmodule& part : ear->submodules) {
    if (part.status < part.vector.worst() ||
        (ear->status == policy::Tier::kAffirming && part.status != policy::Tier::kAffirming)) {
      std::abort();
    }
  }
  if (!harmless(policy::explain_ear(*ear, false))) {
    std::abort();
  }
  (void)codec::to_json(policy::ear_json(*ear));
  const crypto::PublicKey keys[] = {key.public_key()};
  const std::string token = crypto::jws_sign_compact(key, {}, input);
  const auto verified = policy::verify_ear(token, keys, ear->issued);
  if (verified.ok() && verified->status != ear->status) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  static const crypto::PublicKey other[] = {
      crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key()};
  const BytesView input(data, size);
  if (policy::verify_ear(as_text(input), other, Instant{1'795'608'000}).ok()) {
    std::abort();
  }
  check_claims(input, key);
  return 0;
}
