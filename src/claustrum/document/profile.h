// SPDX-License-Identifier: Apache-2.0
// Service profiles: what a client trusts about a service, obtained outside of it and signed by a
// publisher whose key a person pins [docs/formats/profile.md, PROTOCOL 6]. A Profile exists only
// where that signature held; nothing here is ever built from what a service presents.
#pragma once

#include "claustrum/crypto/keys.h"
#include "claustrum/policy/policy.h"

namespace claustrum::document {

inline constexpr std::size_t kMaxProfileLen = 1 << 20;
inline constexpr std::string_view kProfileType = "claustrum-profile+json";

struct ProfileLedger {
  std::string origin;
  std::vector<std::string> keys;       // vkeys of the log
  std::vector<std::string> witnesses;  // vkeys
  std::int64_t quorum = 0;
};

struct ProfileMinimum {
  std::int64_t document = 1;
  std::int64_t keys = 1;
  std::int64_t receipt = 1;
};

struct ProfileClaims {
  std::string service;
  std::int64_t number = 1;
  std::string publisher;
  Instant created;
  Instant expires;
  Bytes identity_key_spki;  // P-256
  std::string policy;       // text, verbatim
  ProfileLedger ledger;
  ProfileMinimum minimum;
};

class Profile {
 public:
  const ProfileClaims& claims() const { return claims_; }
  const crypto::PublicKey& identity_key() const { return identity_key_; }
  const policy::Policy& policy() const { return policy_; }
  const crypto::Sha256Digest& digest() const { return digest_; }  // of the payload
  const crypto::Sha256Digest& publisher_key() const { return publisher_key_; }

 private:
  friend class ProfileReader;
  Profile(ProfileClaims claims, crypto::PublicKey identity_key, policy::Policy policy)
      : claims_(std::move(claims)),
        identity_key_(std::move(identity_key)),
        policy_(std::move(policy)) {}
  ProfileClaims claims_;
  crypto::PublicKey identity_key_;
  policy::Policy policy_;
  crypto::Sha256Digest digest_{};
  crypto::Sha256Digest publisher_key_{};
};

// The file's text. `publisher` is P-256 (checked bug).
std::string sign_profile(const ProfileClaims& claims, const crypto::PrivateKey& publisher);
// Authentic: signed by the key whose SubjectPublicKeyInfo hashes to `publisher_spki_sha256`
// (untrusted_root "profile.publisher" otherwise). Times are check_profile's business.
Result<Profile> verify_profile(BytesView json, BytesView publisher_spki_sha256);
// Valid at `now`, and not older than the highest number this client has seen (stale
// "profile.number").
Status check_profile(const Profile& profile, Instant now, std::int64_t least_number);
// In words, for the person who imports it.
std::string explain_profile(const Profile& profile);

}  // namespace claustrum::document
