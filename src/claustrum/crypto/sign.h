// SPDX-License-Identifier: Apache-2.0
// Signatures. The algorithm comes from the caller's format and key, never from the message alone.
#pragma once

#include "claustrum/crypto/keys.h"

namespace claustrum::crypto {

enum class SigAlg {
  kEcdsaP256Sha256,
  kEcdsaP384Sha384,
  kEcdsaP521Sha512,
  kRsaPssSha256,  // MGF1 with the same hash, salt as long as the hash
  kRsaPssSha384,
  kRsaPkcs1Sha256,
  kRsaPkcs1Sha384,
  kEd25519,
};

// ECDSA signatures are either fixed-width r||s (JOSE, COSE, most evidence) or DER (X.509, TLS).
// Ignored by the other algorithms.
enum class EcdsaForm { kRaw, kDer };

// Success, or bad_signature "signature.invalid"; a key of another kind is mismatch
// "signature.key_kind".
Status verify(const PublicKey& key, SigAlg alg, BytesView message, BytesView signature,
              EcdsaForm form = EcdsaForm::kRaw);
Bytes sign(const PrivateKey& key, SigAlg alg, BytesView message, EcdsaForm form = EcdsaForm::kRaw);

}  // namespace claustrum::crypto
