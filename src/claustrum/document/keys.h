// SPDX-License-Identifier: Apache-2.0
// A replica's keys, signed by the service identity [docs/formats/keys.md, PROTOCOL 6]: the same
// image run by somebody else has no such signature and is refused.
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::document {

inline constexpr std::int64_t kKeysVersion = 1;
inline constexpr std::string_view kKeysMediaType = "application/vnd.claustrum.keys+json";
inline constexpr std::int64_t kMaxKeysLifeSeconds = 7200;

struct KeysClaims {
  std::string service;
  ByteArray<16> replica{};
  Bytes ohttp_keys;        // application/ohttp-keys
  Bytes receipt_key_spki;  // P-256
  Instant not_before;      // by the host's clock
  Instant not_after;
  bool operator==(const KeysClaims&) const = default;

  std::string route() const;  // "/r/<replica>/"
};

// The payload a signer signs (JCS).
std::string keys_payload(const KeysClaims& claims);
// `identity` is P-256 (checked bug).
Bytes sign_keys(const KeysClaims& claims, const crypto::PrivateKey& identity);
// Authentic: signed by `identity` under the keys label, canonical, complete. bad_signature
// "signature.invalid", malformed "keys.*", unsupported "keys.version".
Result<KeysClaims> verify_keys(BytesView cose, const crypto::PublicKey& identity);
// Shape of a payload; unverified.
Result<KeysClaims> parse_keys_payload(BytesView json);
// not_yet_valid "keys.not_yet_valid", expired "keys.expired".
Status check_keys_time(const KeysClaims& claims, Instant now);

}  // namespace claustrum::document
