// SPDX-License-Identifier: Apache-2.0
// Signing and reading a replica's keys [docs/formats/keys.md]. The external AAD keeps this
// signature from standing in for any other statement of the identity key.
#include "claustrum/document/keys.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/signed_json.h"
#include "claustrum/policy/launch_config.h"

namespace claustrum::document {

namespace {

using codec::Json;

constexpr SignedJsonForm kForm{kKeysMediaType, "claustrum keys v1"};
constexpr std::size_t kMaxOhttpKeysLen = 4096;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

}  // namespace

std::string KeysClaims::route() const {
  return "/r/" + codec::hex_encode(replica) + "/";
}

std::string keys_payload(const KeysClaims& claims) {
  Json root = Json::object();
  root.set("version", kKeysVersion)
      .set("service", claims.service)
      .set("replica", codec::hex_encode(claims.replica))
      .set("ohttp-keys", codec::base64_encode(claims.ohttp_keys))
      .set("receipt-key", codec::base64_encode(claims.receipt_key_spki))
      .set("not-before", format_rfc3339(claims.not_before))
      .set("not-after", format_rfc3339(claims.not_after));
  return codec::to_jcs(root);
}

Bytes sign_keys(const KeysClaims& claims, const crypto::PrivateKey& identity) {
  return sign_json(kForm, keys_payload(claims), identity);
}

Result<KeysClaims> parse_keys_payload(BytesView json) {
  CLAUSTRUM_TRY_ASSIGN(const Json root, parse_signed_payload(json));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, root.integer_at("version"));
  if (version != kKeysVersion) {
    return Error(Code::kUnsupported, "keys.version", "only version 1 is known");
  }
  CLAUSTRUM_TRY(root.only_members(
      {"version", "service", "replica", "ohttp-keys", "receipt-key", "not-before", "not-after"}));
  KeysClaims claims;
  CLAUSTRUM_TRY_ASSIGN(claims.service, root.string_at("service"));
  if (!policy::is_service_id(claims.service)) {
    return malformed("keys.service_id", "a service id is 1 to 64 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes replica, root.hex_at("replica", 16));
  claims.replica = to_array<16>(replica);
  CLAUSTRUM_TRY_ASSIGN(claims.ohttp_keys, root.base64_at("ohttp-keys"));
  if (claims.ohttp_keys.empty() || claims.ohttp_keys.size() > kMaxOhttpKeysLen) {
    return malformed("keys.ohttp_keys", "no key configuration, or longer than 4 KiB");
  }
  CLAUSTRUM_TRY_ASSIGN(claims.receipt_key_spki, root.base64_at("receipt-key"));
  CLAUSTRUM_TRY(parse_p256(claims.receipt_key_spki, "keys.receipt_key"));
  CLAUSTRUM_TRY_ASSIGN(claims.not_before, instant_at(root, "not-before"));
  CLAUSTRUM_TRY_ASSIGN(claims.not_after, instant_at(root, "not-after"));
  const std::int64_t life = claims.not_after.seconds - claims.not_before.seconds;
  // A stolen memory image must not stay good for longer than the format allows.
  if (!CLAUSTRUM_GUARD("document.keys_life", life > 0 && life <= kMaxKeysLifeSeconds)) {
    return malformed("keys.life", "keys live longer than 2 hours, or end before they begin");
  }
  CLAUSTRUM_TRY(check_canonical(json, keys_payload(claims)));
  return claims;
}

Result<KeysClaims> verify_keys(BytesView cose, const crypto::PublicKey& identity) {
  CLAUSTRUM_TRY_ASSIGN(const SignedJson message, read_signed_json(kForm, cose));
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("document.keys_signature", verify_json(kForm, message, identity)));
  return parse_keys_payload(message.payload());
}

Status check_keys_time(const KeysClaims& claims, Instant now) {
  if (!CLAUSTRUM_GUARD("document.keys_not_before", now >= claims.not_before)) {
    return Error(Code::kNotYetValid, "keys.not_yet_valid", "the replica's keys are not valid yet");
  }
  if (!CLAUSTRUM_GUARD("document.keys_not_after", now <= claims.not_after)) {
    return Error(Code::kExpired, "keys.expired", "the replica's keys have expired");
  }
  return ok_status();
}

}  // namespace claustrum::document
