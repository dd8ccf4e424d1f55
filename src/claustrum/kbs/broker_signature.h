// SPDX-License-Identifier: Apache-2.0
// How a workload knows the broker that answers is the one pinned in its init-data, through whatever
// terminates TLS on the way [PROTOCOL 9]: the broker signs what it gave, to whom and under which
// policy. Stock KBS clients ignore these headers; ours require them. Without this a hostile host
// could play broker and hand the workload a key of its own [docs/decisions/0003].
#pragma once

#include "claustrum/crypto/keys.h"

namespace claustrum::kbs {

inline constexpr std::string_view kBrokerKeyHeader = "Claustrum-Broker-Key";  // base64 SPKI
inline constexpr std::string_view kBrokerSignatureHeader =
    "Claustrum-Broker-Signature";  // base64url
inline constexpr std::string_view kResourceVersionHeader = "Claustrum-Resource-Version";
inline constexpr std::string_view kReleasePolicyHeader = "Claustrum-Release-Policy";  // hex

struct Grant {
  std::string nonce;     // of the session, as sent
  std::string resource;  // repository/type/tag
  std::string version;   // of the secret, decimal
  Bytes policy_digest;   // 32 bytes: the policy that released it
  Bytes body;            // the JWE as sent
};

// ES256 over "claustrum broker grant v1" 0 ‖ broker id ‖ lp(nonce) ‖ lp(resource) ‖ lp(version) ‖
// policy digest ‖ SHA-256(body); broker id = SHA-256 of the broker key's SubjectPublicKeyInfo.
Bytes sign_grant(const crypto::PrivateKey& broker, const Grant& grant);

// `pinned` is the 32-byte broker id of the init-data. A key that is not the pinned one:
// unauthorised "kbs.broker_identity"; a bad signature: bad_signature "kbs.broker_signature"; a
// policy digest of another length: malformed "kbs.grant".
Status verify_grant(const Grant& grant, BytesView broker_spki, BytesView signature,
                    BytesView pinned);

}  // namespace claustrum::kbs
