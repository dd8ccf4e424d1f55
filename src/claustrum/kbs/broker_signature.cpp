// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/broker_signature.h"

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/crypto/sign.h"

namespace claustrum::kbs {

namespace {

constexpr std::size_t kDigestLen = 32;

void lp(ByteWriter& out, std::string_view text) {
  out.u32be(static_cast<std::uint32_t>(text.size())).text(text);
}

Bytes signed_bytes(const Grant& grant, BytesView broker_id) {
  ByteWriter out;
  out.text("claustrum broker grant v1").u8(0).bytes(broker_id);
  lp(out, grant.nonce);
  lp(out, grant.resource);
  lp(out, grant.version);
  out.bytes(grant.policy_digest).bytes(crypto::sha256(grant.body));
  return std::move(out).take();
}

}  // namespace

Bytes sign_grant(const crypto::PrivateKey& broker, const Grant& grant) {
  CLAUSTRUM_CHECK(grant.policy_digest.size() == kDigestLen);
  const crypto::Sha256Digest id = broker.public_key().spki_sha256();
  return crypto::sign(broker, crypto::SigAlg::kEcdsaP256Sha256, signed_bytes(grant, id));
}

Status verify_grant(const Grant& grant, BytesView broker_spki, BytesView signature,
                    BytesView pinned) {
  // The digest has no length prefix in the signed bytes.
  if (grant.policy_digest.size() != kDigestLen) {
    return Error(Code::kMalformed, "kbs.grant", "the policy digest is not of 32 bytes");
  }
  CLAUSTRUM_TRY_ASSIGN(const crypto::PublicKey key, crypto::PublicKey::from_spki(broker_spki));
  const crypto::Sha256Digest id = key.spki_sha256();
  // A key of the host's own choosing must not speak for the broker.
  if (!CLAUSTRUM_GUARD("kbs.broker_identity", equal_constant_time(id, pinned))) {
    return Error(Code::kUnauthorised, "kbs.broker_identity",
                 "the answering broker is not the one pinned in init-data");
  }
  const Status signature_holds =
      crypto::verify(key, crypto::SigAlg::kEcdsaP256Sha256, signed_bytes(grant, id), signature);
  if (!CLAUSTRUM_GUARD("kbs.broker_signature", signature_holds.ok())) {
    return Error(Code::kBadSignature, "kbs.broker_signature",
                 "the broker's signature does not cover this answer");
  }
  return ok_status();
}

}  // namespace claustrum::kbs
