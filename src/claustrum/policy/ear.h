// SPDX-License-Identifier: Apache-2.0
// EAT Attestation Results (EAR): a verifier's verdict as a JWT with the AR4SI trustworthiness
// vector, in the dialects of the IETF drafts, Veraison and Confidential Containers' Trustee
// [docs/formats/ear.md]. This is the reading side; ear_write.h writes. Guards against a token under
// somebody else's key, for another time, another request or another policy, and against one whose
// status is better than its own vector.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::policy {

enum class EarDialect { kIetf, kVeraison, kTrustee };
std::string_view to_string(EarDialect dialect);  // "ietf", "veraison", "trustee"
std::optional<EarDialect> ear_dialect_from(std::string_view name);

// AR4SI trustworthiness tiers, by falling trust but for kNone: no conclusion.
enum class Tier { kNone, kAffirming, kWarning, kContraindicated };
std::string_view to_string(Tier tier);
Tier tier_of(std::int8_t value);

enum class TrustCategory {
  kInstanceIdentity,
  kConfiguration,
  kExecutables,
  kFileSystem,
  kHardware,
  kRuntimeOpaque,
  kStorageOpaque,
  kSourcedData,
};
inline constexpr std::size_t kTrustCategories = 8;
std::string_view to_string(TrustCategory category);  // "instance-identity", ...
// What AR4SI says a value means in a category, in few words; "" where it says nothing.
std::string_view meaning_of(TrustCategory category, std::int8_t value);

// A category without a value makes no claim.
class TrustVector {
 public:
  std::optional<std::int8_t> at(TrustCategory category) const {
    return values_[static_cast<std::size_t>(category)];
  }
  void set(TrustCategory category, std::int8_t value) {
    values_[static_cast<std::size_t>(category)] = value;
  }
  // The worst of the claims made; kNone where none is.
  Tier worst() const;
  bool operator==(const TrustVector&) const = default;

 private:
  std::array<std::optional<std::int8_t>, kTrustCategories> values_;
};

// The verdict on one component.
struct EarSubmodule {
  std::string name;
  Tier status = Tier::kNone;
  TrustVector vector;
  std::vector<std::string> policy_ids;
  std::vector<std::string> nonces;  // of the evidence
  codec::Json attester_claims;      // what evidence said, as the verifier passes it on; or null
  codec::Json verifier_claims;      // what the verifier adds; or null
};

struct Ear {
  EarDialect dialect = EarDialect::kIetf;
  std::string profile;
  std::string developer;  // of the verifier
  std::string build;
  Instant issued;
  std::optional<Instant> expires;
  std::optional<Instant> not_before;
  std::vector<std::string> audience;
  std::vector<std::string> nonces;  // of the result
  Tier status = Tier::kNone;        // of the whole: the worst of the submodules, or worse
  std::vector<EarSubmodule> submodules;
  bool raw_evidence = false;
  bool header_key = false;  // the token's header brought a key, which was not used
};

// Shape only, unverified: the claims set of a token. Malformed "ear.claim", "ear.time",
// "ear.vector", "ear.status", "ear.nonce", "ear.submods"; unsupported "ear.profile"; mismatch
// "ear.overstated".
Result<Ear> parse_ear(BytesView claims);

inline constexpr std::int64_t kEarLeeway = 60;          // seconds a verifier's clock may be ahead
inline constexpr std::int64_t kEarDefaultAge = 86'400;  // of a token that does not expire

// What a reader demands beyond a good signature.
struct EarExpectations {
  std::optional<std::string> nonce;           // as it stands in the token
  std::optional<std::string> evidence_nonce;  // the same, in every submodule
  std::optional<std::int64_t> max_age;        // seconds since it was issued
  std::optional<std::string> audience;        // our own name
  std::optional<std::string> policy_id;       // in every submodule
};

// Authentic under one of `keys`, of its time and as expected. Nothing is said about whether the
// verdict is good: look at status. Refusals: those of jws_foreign.h and parse_ear; "ear.no_key",
// "ear.typ", "ear.not_yet_valid", "ear.expired", "ear.stale", "ear.audience", "ear.nonce_mismatch",
// "ear.evidence_nonce", "ear.policy".
Result<Ear> verify_ear(std::string_view token, std::span<const crypto::PublicKey> keys, Instant now,
                       const EarExpectations& expected = {});

// For people and for programs.
std::string explain_ear(const Ear& ear, bool colour);
codec::Json ear_json(const Ear& ear);

}  // namespace claustrum::policy
