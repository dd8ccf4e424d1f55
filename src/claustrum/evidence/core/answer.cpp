// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/answer.h"

#include "claustrum/codec/hex.h"

namespace claustrum::evidence {

Bytes answered_nonce(const Claims& claims) {
  const codec::Json* nonce = claims.details.find("nonce");
  if (nonce == nullptr || !nonce->is_string()) {
    return claims.report_data;
  }
  Result<Bytes> bytes = codec::hex_decode(nonce->string());
  return bytes.ok() ? std::move(bytes).value() : Bytes();
}

}  // namespace claustrum::evidence
