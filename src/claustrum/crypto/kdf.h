// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104), HKDF (RFC 5869) and the single-step ConcatKDF of JOSE (RFC 7518 4.6.2).
#pragma once

#include "claustrum/base/secret.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::crypto {

Bytes hmac(HashAlg alg, BytesView key, BytesView data);
SecretBytes hkdf_extract(HashAlg alg, BytesView salt, BytesView ikm);
// length <= 255 * digest_len(alg).
SecretBytes hkdf_expand(HashAlg alg, BytesView prk, BytesView info, std::size_t length);
// SHA-256 ConcatKDF, empty PartyUInfo and PartyVInfo.
SecretBytes concat_kdf_sha256(BytesView z, std::string_view algorithm_id, std::size_t key_bits);

}  // namespace claustrum::crypto
