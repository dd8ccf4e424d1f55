// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/signed_json.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/json.h"

namespace claustrum::document {

namespace {

constexpr std::size_t kMaxSignedLen = 256 << 10;

}  // namespace

Bytes sign_json(const SignedJsonForm& form, std::string_view payload,
                const crypto::PrivateKey& key) {
  CLAUSTRUM_CHECK(key.kind() == crypto::KeyKind::kP256);
  return crypto::sign_cose_sign1(key, form.media_type, as_bytes(payload), as_bytes(form.label));
}

Result<SignedJson> read_signed_json(const SignedJsonForm& form, BytesView cose) {
  if (cose.size() > kMaxSignedLen) {
    return Error(Code::kExhausted, "signed_json.limit", "longer than 256 KiB");
  }
  CLAUSTRUM_TRY_ASSIGN(crypto::CoseSign1 message,
                       crypto::parse_cose_sign1(cose, crypto::CoseTag::kRequired));
  if (!message.payload) {
    return Error(Code::kMalformed, "signed_json.detached", "the payload is not in the message");
  }
  const codec::Cbor* type = message.protected_header.find(crypto::kCoseLabelContentType);
  const auto text = type == nullptr ? std::nullopt : type->as_text();
  if (!CLAUSTRUM_GUARD("document.content_type", text && *text == form.media_type)) {
    return Error(Code::kMalformed, "signed_json.content_type", "another kind of statement");
  }
  return SignedJson(std::move(message));
}

Status verify_json(const SignedJsonForm& form, const SignedJson& message,
                   const crypto::PublicKey& key) {
  if (key.kind() != crypto::KeyKind::kP256) {
    return Error(Code::kMismatch, "signed_json.key_kind", "the key is not of kind P-256");
  }
  return crypto::verify_cose_sign1(message.message(), key, as_bytes(form.label));
}

Result<codec::Json> parse_signed_payload(BytesView json) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxSignedLen;
  limits.max_depth = 4;
  limits.max_values = 256;
  CLAUSTRUM_TRY_ASSIGN(codec::Json root, codec::parse_json(json, limits));
  if (!root.is_object()) {
    return Error(Code::kMalformed, "signed_json.object", "the payload is no JSON object");
  }
  return root;
}

Status check_canonical(BytesView json, std::string_view rebuilt) {
  if (!CLAUSTRUM_GUARD("document.canonical", as_text(json) == rebuilt)) {
    return Error(Code::kMalformed, "signed_json.not_canonical", "the payload is not in JCS form");
  }
  return ok_status();
}

Result<Instant> instant_at(const codec::Json& object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, object.string_at(key));
  return parse_rfc3339(text);
}

Result<crypto::PublicKey> read_p256(BytesView spki, std::string_view reason) {
  auto key = crypto::PublicKey::from_spki(spki);
  if (!key.ok() || key->kind() != crypto::KeyKind::kP256 || !equal(key->spki(), spki)) {
    return Error(Code::kMalformed, reason, "no P-256 SubjectPublicKeyInfo");
  }
  return key;
}

Status parse_p256(BytesView spki, std::string_view reason) {
  const auto key = read_p256(spki, reason);
  return key.ok() ? ok_status() : Status(key.error());
}

}  // namespace claustrum::document
