// SPDX-License-Identifier: Apache-2.0
// Signing, verifying and explaining service profiles [docs/formats/profile.md]. The pin comes from
// a person; the key in the file only saves them from typing all of it.
#include "claustrum/document/profile.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/document/signed_json.h"
#include "claustrum/policy/explain.h"
#include "claustrum/policy/launch_config.h"

namespace claustrum::document {

namespace {

using codec::Json;

constexpr std::size_t kMaxKeys = 32;
constexpr std::size_t kMaxKeyText = 512;
constexpr std::size_t kMaxNameLen = 128;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

codec::JsonLimits limits() {
  codec::JsonLimits out;
  out.max_bytes = kMaxProfileLen;
  out.max_depth = 4;
  out.max_values = 256;
  return out;
}

// A name shown to a person: printable ASCII, so that nothing can be hidden in it.
Result<std::string> name_at(const Json& object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(std::string text, object.string_at(key));
  bool plain = !text.empty() && text.size() <= kMaxNameLen;
  for (const char c : text) {
    plain = plain && c >= 0x20 && c < 0x7f;
  }
  if (!plain) {
    return malformed("profile.name", "a name is empty, too long or not printable ASCII");
  }
  return text;
}

Result<std::vector<std::string>> key_list(const Json& object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const Json list, object.array_at(key));
  if (list.items().size() > kMaxKeys) {
    return Error(Code::kExhausted, "profile.limit", "more than 32 keys");
  }
  std::vector<std::string> out;
  for (const Json& item : list.items()) {
    if (!item.is_string() || item.string().empty() || item.string().size() > kMaxKeyText) {
      return malformed("profile.keys", "a key is no text of 1 to 512 bytes");
    }
    out.push_back(item.string());
  }
  return out;
}

Result<ProfileLedger> read_ledger(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, root.object_at("ledger"));
  CLAUSTRUM_TRY(table.only_members({"origin", "keys", "witnesses", "quorum"}));
  ProfileLedger ledger;
  CLAUSTRUM_TRY_ASSIGN(ledger.origin, name_at(table, "origin"));
  CLAUSTRUM_TRY_ASSIGN(ledger.keys, key_list(table, "keys"));
  CLAUSTRUM_TRY_ASSIGN(ledger.witnesses, key_list(table, "witnesses"));
  CLAUSTRUM_TRY_ASSIGN(ledger.quorum, table.integer_at("quorum"));
  if (ledger.quorum < 0 || ledger.quorum > static_cast<std::int64_t>(ledger.witnesses.size())) {
    return malformed("profile.quorum", "a quorum is between 0 and the number of witnesses");
  }
  return ledger;
}

Result<ProfileMinimum> read_minimum(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json table, root.object_at("minimum"));
  CLAUSTRUM_TRY(table.only_members({"document", "keys", "receipt"}));
  ProfileMinimum minimum;
  CLAUSTRUM_TRY_ASSIGN(minimum.document, table.integer_at("document"));
  CLAUSTRUM_TRY_ASSIGN(minimum.keys, table.integer_at("keys"));
  CLAUSTRUM_TRY_ASSIGN(minimum.receipt, table.integer_at("receipt"));
  return minimum;
}

Result<ProfileClaims> read_claims(const Json& root) {
  CLAUSTRUM_TRY(
      root.only_members({"version", "service", "number", "publisher", "publisher-key", "created",
                         "expires", "identity-key", "policy", "ledger", "minimum"}));
  ProfileClaims claims;
  CLAUSTRUM_TRY_ASSIGN(claims.service, root.string_at("service"));
  if (!policy::is_service_id(claims.service)) {
    return malformed("profile.service_id", "a service id is 1 to 64 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY_ASSIGN(claims.number, root.integer_at("number"));
  if (claims.number < 1) {
    return malformed("profile.number_range", "a profile's number is at least 1");
  }
  CLAUSTRUM_TRY_ASSIGN(claims.publisher, name_at(root, "publisher"));
  CLAUSTRUM_TRY_ASSIGN(claims.created, instant_at(root, "created"));
  CLAUSTRUM_TRY_ASSIGN(claims.expires, instant_at(root, "expires"));
  CLAUSTRUM_TRY_ASSIGN(claims.identity_key_spki, root.base64_at("identity-key"));
  CLAUSTRUM_TRY_ASSIGN(claims.policy, root.string_at("policy"));
  CLAUSTRUM_TRY_ASSIGN(claims.ledger, read_ledger(root));
  CLAUSTRUM_TRY_ASSIGN(claims.minimum, read_minimum(root));
  return claims;
}

Json payload_json(const ProfileClaims& claims, const crypto::PublicKey& publisher) {
  const auto list = [](const std::vector<std::string>& texts) {
    Json out = Json::array();
    for (const std::string& text : texts) {
      out.push(text);
    }
    return out;
  };
  Json ledger = Json::object();
  ledger.set("origin", claims.ledger.origin)
      .set("keys", list(claims.ledger.keys))
      .set("witnesses", list(claims.ledger.witnesses))
      .set("quorum", claims.ledger.quorum);
  Json minimum = Json::object();
  minimum.set("document", claims.minimum.document)
      .set("keys", claims.minimum.keys)
      .set("receipt", claims.minimum.receipt);
  Json root = Json::object();
  root.set("version", 1)
      .set("service", claims.service)
      .set("number", claims.number)
      .set("publisher", claims.publisher)
      .set("publisher-key", codec::base64_encode(publisher.spki()))
      .set("created", format_rfc3339(claims.created))
      .set("expires", format_rfc3339(claims.expires))
      .set("identity-key", codec::base64_encode(claims.identity_key_spki))
      .set("policy", claims.policy)
      .set("ledger", std::move(ledger))
      .set("minimum", std::move(minimum));
  return root;
}

Status check_header(const Json& header, BytesView pin) {
  CLAUSTRUM_TRY(header.only_members({"alg", "typ", "kid"}));
  CLAUSTRUM_TRY_ASSIGN(const std::string typ, header.string_at("typ"));
  // The publisher may sign other things with this key.
  if (!CLAUSTRUM_GUARD("document.profile_type", typ == kProfileType)) {
    return malformed("profile.type", "this is signed as something else than a profile");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string kid, header.string_at("kid"));
  if (kid != codec::hex_encode(pin)) {
    return malformed("profile.kid", "the header names another key than the payload");
  }
  return ok_status();
}

}  // namespace

class ProfileReader {
 public:
  static Result<Profile> verify(BytesView json, BytesView pin) {
    CLAUSTRUM_TRY_ASSIGN(const Json jws, codec::parse_json(json, limits()));
    CLAUSTRUM_TRY_ASSIGN(const Bytes unverified, jws.base64url_at("payload"));
    CLAUSTRUM_TRY_ASSIGN(const Json root, codec::parse_json(unverified, limits()));
    CLAUSTRUM_TRY_ASSIGN(const Bytes spki, root.base64_at("publisher-key"));
    CLAUSTRUM_TRY_ASSIGN(const crypto::PublicKey publisher,
                         read_p256(spki, "profile.publisher_key"));
    const crypto::Sha256Digest key_digest = publisher.spki_sha256();
    if (!CLAUSTRUM_GUARD("document.profile_publisher", equal(key_digest, pin))) {
      return Error(Code::kUntrustedRoot, "profile.publisher",
                   "signed by another publisher than the one pinned");
    }
    CLAUSTRUM_TRY_ASSIGN(const Json header, signed_header(jws, publisher));
    CLAUSTRUM_TRY(check_header(header, key_digest));
    CLAUSTRUM_TRY_ASSIGN(Profile profile, read(root));
    profile.digest_ = crypto::sha256(unverified);
    profile.publisher_key_ = key_digest;
    return profile;
  }

 private:
  static Result<Json> signed_header(const Json& jws, const crypto::PublicKey& publisher) {
    auto verified = crypto::jws_verify_flattened(jws, publisher);
    if (!CLAUSTRUM_GUARD("document.profile_signature", verified.ok())) {
      return std::move(verified).error();
    }
    if (verified.ok()) {
      return verified->header;
    }
    CLAUSTRUM_TRY_ASSIGN(const Bytes header, jws.base64url_at("protected"));
    return codec::parse_json(header, limits());  // only with the check switched off
  }

  static Result<Profile> read(const Json& root) {
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, root.integer_at("version"));
    if (version != 1) {
      return Error(Code::kUnsupported, "profile.version", "only version 1 is known");
    }
    CLAUSTRUM_TRY_ASSIGN(ProfileClaims claims, read_claims(root));
    CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey identity,
                         read_p256(claims.identity_key_spki, "profile.identity_key"));
    CLAUSTRUM_TRY_ASSIGN(policy::Policy policy, policy::Policy::parse(as_bytes(claims.policy)));
    return Profile(std::move(claims), std::move(identity), std::move(policy));
  }
};

std::string sign_profile(const ProfileClaims& claims, const crypto::PrivateKey& publisher) {
  CLAUSTRUM_CHECK(publisher.kind() == crypto::KeyKind::kP256);
  const crypto::PublicKey key = publisher.public_key();
  Json header = Json::object();
  header.set("typ", kProfileType).set("kid", codec::hex_encode(key.spki_sha256()));
  const std::string payload = codec::to_jcs(payload_json(claims, key));
  return codec::to_json(
      crypto::jws_sign_flattened(publisher, std::move(header), as_bytes(payload)));
}

Result<Profile> verify_profile(BytesView json, BytesView publisher_spki_sha256) {
  return ProfileReader::verify(json, publisher_spki_sha256);
}

Status check_profile(const Profile& profile, Instant now, std::int64_t least_number) {
  if (!CLAUSTRUM_GUARD("document.profile_created", now >= profile.claims().created)) {
    return Error(Code::kNotYetValid, "profile.not_yet_valid", "the profile is not valid yet");
  }
  if (!CLAUSTRUM_GUARD("document.profile_expires", now <= profile.claims().expires)) {
    return Error(Code::kExpired, "profile.expired", "the profile has expired; get a newer edition");
  }
  if (!CLAUSTRUM_GUARD("document.profile_number", profile.claims().number >= least_number)) {
    return Error(Code::kStale, "profile.number", "a newer edition of this profile was seen before");
  }
  return ok_status();
}

std::string explain_profile(const Profile& profile) {
  const ProfileClaims& claims = profile.claims();
  std::string out =
      "profile of service " + claims.service + ", edition " + std::to_string(claims.number) + "\n";
  out += "  published by  " + claims.publisher + " (declared only), key " +
         codec::hex_encode(profile.publisher_key()) + "\n";
  out += "  valid         " + format_rfc3339(claims.created) + " to " +
         format_rfc3339(claims.expires) + "\n";
  out += "  identity key  " + codec::hex_encode(profile.identity_key().spki_sha256()) +
         " signs each replica's keys\n";
  out += "  ledger        " + claims.ledger.origin + ", " +
         std::to_string(claims.ledger.keys.size()) + " key(s), " +
         std::to_string(claims.ledger.quorum) + " of " +
         std::to_string(claims.ledger.witnesses.size()) + " witnesses must have cosigned\n";
  out += "  minimum       document " + std::to_string(claims.minimum.document) + ", keys " +
         std::to_string(claims.minimum.keys) + ", receipt " +
         std::to_string(claims.minimum.receipt) + "\n";
  return out + policy::explain_policy(profile.policy());
}

}  // namespace claustrum::document
