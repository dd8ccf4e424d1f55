// SPDX-License-Identifier: Apache-2.0
// COSE_Sign1 (RFC 9052 4.2). The algorithm must stand in the protected header and be the one the
// caller's key is for; an algorithm found only in the unprotected header is refused.
#pragma once

#include <optional>

#include "claustrum/codec/cbor.h"
#include "claustrum/crypto/keys.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::crypto {

inline constexpr std::int64_t kCoseEs256 = -7;
inline constexpr std::int64_t kCoseEs384 = -35;
inline constexpr std::int64_t kCoseEs512 = -36;
inline constexpr std::int64_t kCosePs256 = -37;
inline constexpr std::int64_t kCosePs384 = -38;
inline constexpr std::int64_t kCoseEdDsa = -8;
inline constexpr std::int64_t kCoseLabelAlg = 1;
inline constexpr std::int64_t kCoseLabelCrit = 2;
inline constexpr std::int64_t kCoseLabelContentType = 3;

enum class CoseTag { kRequired, kOptional, kForbidden };

struct CoseSign1 {
  Bytes protected_bytes;  // as received; the empty map is the empty string
  codec::Cbor protected_header;
  codec::Cbor unprotected_header;
  std::optional<Bytes> payload;  // nullopt: detached
  Bytes signature;
};

// Shape only: unverified. A label in both headers, or a critical header outside the protected one,
// is malformed.
Result<CoseSign1> parse_cose_sign1(BytesView data, CoseTag tag,
                                   const codec::CborLimits& limits = {});
// ES256/ES384/ES512, PS256/PS384, EdDSA according to the key kind and the protected alg.
// `detached` supplies the payload of a detached message. Refusals: "cose.crit" (any critical
// header: we process no extension), "cose.alg" (absent, not an integer, unknown), "cose.key_kind"
// (the alg is for another kind of key), "cose.payload" (none, or two), "cose.signature".
Status verify_cose_sign1(const CoseSign1& message, const PublicKey& key,
                         BytesView external_aad = {},
                         std::optional<BytesView> detached = std::nullopt);
// Tagged (18), deterministic. `content_type` goes to protected label 3. P-256 signs ES256, P-384
// ES384, P-521 ES512, Ed25519 EdDSA, RSA PS256; X25519 cannot sign (checked bug).
Bytes sign_cose_sign1(const PrivateKey& key, std::string_view content_type, BytesView payload,
                      BytesView external_aad = {});

}  // namespace claustrum::crypto
