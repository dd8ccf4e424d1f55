// SPDX-License-Identifier: Apache-2.0
// JWS of services that put their own key into every token's header (attestation services do; RFC
// 7515 4.1.3, 4.1.6). That key proves nothing. It is overlooked here, never used: the caller's key
// decides. Everything of ours goes through jose.h, which refuses such headers.
#pragma once

#include "claustrum/crypto/jose.h"

namespace claustrum::crypto {

// As jws_verify_compact, but "jwk" and "x5c" may stand in the header. Links to keys ("jku", "x5u")
// stay refused: "jws.header_key".
Result<JwsVerified> jws_verify_compact_despite_header_key(std::string_view token,
                                                          const PublicKey& key);

}  // namespace claustrum::crypto
