// SPDX-License-Identifier: Apache-2.0
// The result of verifying evidence. Verified<Claims> exists only where signature, chain, pinned
// root and validity times all hold; what a policy may still judge or waive (revocation, floors,
// debug, TCB) is reported as factors. Verification is a pure function of its arguments
// [ARCHITECTURE 1.2].
#pragma once

#include <map>
#include <optional>
#include <set>

#include "claustrum/base/clock.h"
#include "claustrum/evidence/core/claims.h"
#include "claustrum/evidence/core/factor.h"
#include "claustrum/evidence/core/issuer_cache.h"

namespace claustrum::evidence {

// T whose authenticity was established. Only verify functions can make one, through this passkey,
// whose maker VerifierAccess is defined in verifier_access.h.
class VerifierKey {
 private:
  VerifierKey() = default;
  friend class VerifierAccess;
};

template <typename T>
class Verified {
 public:
  Verified(T value, VerifierKey) : value_(std::move(value)) {}
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_;
};

// Endorsements by their case.json name: "vcek", "vlek", "ask", "asvk", "ark", "crl" (DER or PEM).
// Unendorsed transport: each piece stands on its own signature.
using Collateral = std::map<std::string, Bytes, std::less<>>;

// Per issuer: the oldest collateral a verifier still takes [PROTOCOL 3]. Never from the document.
struct Floors {
  // SPKI SHA-256 (lower-case hex) of the CRL's issuer -> lowest acceptable thisUpdate.
  std::map<std::string, Instant, std::less<>> crl_this_update;
  // Per root, by its SPKI: lowest edition of the vendor's lists (Intel tcbEvaluationDataNumber),
  // and when the platform's firmware was last current (Intel tcbDate). Absent: not asked for.
  std::map<std::string, std::int64_t, std::less<>> evaluation_data_number;
  std::map<std::string, Instant, std::less<>> tcb_date;
  bool have_source = false;  // false: no floor source was given
};

// A root a verifier accepts, by the SHA-256 of its SubjectPublicKeyInfo.
struct TrustedRoot {
  Bytes spki_sha256;
  std::string name;        // "ARK-Milan"
  bool simulated = false;  // only ever true for roots named explicitly by a caller or policy
};

struct VerifyInput {
  BytesView evidence;
  const Collateral* collateral = nullptr;
  Instant now;
  const Floors* floors = nullptr;        // nullptr: the caller judges without floors (--no-floor)
  std::vector<TrustedRoot> extra_roots;  // simulated or custom roots, beside the vendor's pins
  IssuerCache* issuers = nullptr;        // saves work, never changes a verdict
};

struct Verification {
  std::string platform;
  Factors factors;
  std::optional<Verified<Claims>> claims;  // absent: not authentic
  // Claims as parsed, for display only, when authenticity failed. Never decide on them.
  std::optional<Claims> unverified_claims;
  bool malformed = false;    // the evidence has not the platform's shape
  bool unsupported = false;  // a version or algorithm not spoken here
};

}  // namespace claustrum::evidence
