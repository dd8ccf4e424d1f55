// SPDX-License-Identifier: Apache-2.0
// What keys and receipts share: canonical JSON (RFC 8785) in a COSE_Sign1 by a P-256 key, with a
// content type and a label as external AAD. A signature for one form never verifies as another.
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/cose.h"

namespace claustrum::document {

struct SignedJsonForm {
  std::string_view media_type;
  std::string_view label;  // external AAD
};

// Shape and content type only: unverified.
class SignedJson {
 public:
  BytesView payload() const { return *message_.payload; }
  const crypto::CoseSign1& message() const { return message_; }

 private:
  friend Result<SignedJson> read_signed_json(const SignedJsonForm& form, BytesView cose);
  explicit SignedJson(crypto::CoseSign1 message) : message_(std::move(message)) {}
  crypto::CoseSign1 message_;
};

Bytes sign_json(const SignedJsonForm& form, std::string_view payload,
                const crypto::PrivateKey& key);
// Malformed "signed_json.*" for another content type or a detached payload.
Result<SignedJson> read_signed_json(const SignedJsonForm& form, BytesView cose);
Status verify_json(const SignedJsonForm& form, const SignedJson& message,
                   const crypto::PublicKey& key);

// An object.
Result<codec::Json> parse_signed_payload(BytesView json);
// Was this payload written as we would write it? Else malformed "signed_json.not_canonical": one
// statement has one spelling, down to the case of hex digits and the form of times.
Status check_canonical(BytesView json, std::string_view rebuilt);
Result<Instant> instant_at(const codec::Json& object, std::string_view key);
// A P-256 SubjectPublicKeyInfo in its one encoding, else malformed `reason` (a literal).
Result<crypto::PublicKey> read_p256(BytesView spki, std::string_view reason);
Status parse_p256(BytesView spki, std::string_view reason);

}  // namespace claustrum::document
