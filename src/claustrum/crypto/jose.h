// SPDX-License-Identifier: Apache-2.0
// The few JOSE forms Claustrum speaks. JWS (RFC 7515): ES256/ES384 compact and flattened JSON. JWE
// (RFC 7516): ECDH-ES+A256KW with A256GCM, flattened JSON, exactly as Confidential Containers
// clients read it (facts: protected header member order). Algorithms come from the key, never from
// the header; "none", header keys, unknown crit and non-canonical base64url are refused.
#pragma once

#include "claustrum/codec/json.h"
#include "claustrum/crypto/keys.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::crypto {

inline constexpr std::size_t kMaxJoseLen = 4 << 20;

struct JwsVerified {
  codec::Json header;
  Bytes payload;
};

// `header` gets "alg" set from the key kind (P-256 ES256, P-384 ES384) as its first member.
std::string jws_sign_compact(const PrivateKey& key, codec::Json header, BytesView payload);
// Refusals: "jws.shape", "jws.crit", "jws.header_key" (a key or a link to one in the header),
// "jws.key_kind", "jws.alg" (not the key's), "jws.signature".
Result<JwsVerified> jws_verify_compact(std::string_view token, const PublicKey& key);
// {"payload","protected","signature"}
codec::Json jws_sign_flattened(const PrivateKey& key, codec::Json header, BytesView payload);
// Exactly those members: an unprotected "header" is refused.
Result<JwsVerified> jws_verify_flattened(const codec::Json& jws, const PublicKey& key);
// Header and payload before any check of the signature, to find out whose key to use.
Result<JwsVerified> jws_parse_compact_unverified(std::string_view token);

// What the caller wants the key for; "use", "key_ops" and "alg", where present, must agree.
enum class JwkUse { kAny, kSignature, kEncryption };

// {"kty":"EC","crv":"P-256","x","y"} (+ "alg" when not empty, after crv, as KBS guests write it);
// {"kty":"OKP","crv","x"}; {"kty":"RSA","n","e"}.
codec::Json jwk_from_public_key(const PublicKey& key, std::string_view alg = {});
// EC P-256/P-384/P-521 and OKP X25519/Ed25519, RSA. Private members are refused ("jwk.private"), as
// are members beyond those and alg, use, key_ops, kid ("jwk.member").
Result<PublicKey> public_key_from_jwk(const codec::Json& jwk, JwkUse use = JwkUse::kAny);

// ECDH-ES+A256KW, A256GCM to a P-256 or P-521 key.
Result<codec::Json> jwe_encrypt(const PublicKey& recipient, BytesView plaintext);
// Refusals: "jwe.member" (in the message or its header: "zip", "crit", "header", "aad", ... ),
// "jwe.alg", "jwe.enc", "jwe.curve", "jwe.size", and for every failure that depends on the
// recipient's key the one "jwe.open".
Result<SecretBytes> jwe_decrypt(const codec::Json& jwe, const PrivateKey& recipient);
// With chosen randomness, for vectors only; `cek` 32 bytes, `iv` 12.
Result<codec::Json> jwe_encrypt_for_testing(const PublicKey& recipient, BytesView plaintext,
                                            const PrivateKey& ephemeral, BytesView cek,
                                            BytesView iv);

}  // namespace claustrum::crypto
