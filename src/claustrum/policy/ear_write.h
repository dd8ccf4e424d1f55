// SPDX-License-Identifier: Apache-2.0
// Writes a verdict as an EAR [docs/formats/ear.md]. What it says comes out of an Appraisal, whose
// only maker is appraise(), so a signed result cannot be better than the verdict behind it.
#pragma once

#include "claustrum/policy/appraise.h"
#include "claustrum/policy/ear.h"

namespace claustrum::policy {

inline constexpr std::size_t kMaxEarComponents = 16;
inline constexpr std::int64_t kMaxEarLife = 86'400;
inline constexpr std::size_t kMaxEarName = 256;
// A token has to stay within what readers take (jose.h).
inline constexpr std::size_t kMaxEarRawEvidence = std::size_t{1} << 20;

// One attested component. The appraisal outlives the call.
struct EarComponent {
  std::string name;  // empty: the dialect's own, for one component
  const Appraisal* appraisal = nullptr;
  // Report data the evidence had to carry; written only where the factor `nonce` passed.
  std::optional<Bytes> nonce;
};

struct EarRawEvidence {
  std::string media_type;
  Bytes bytes;
};

struct EarOptions {
  EarDialect dialect = EarDialect::kIetf;
  std::string developer;
  std::string build;
  std::int64_t life_seconds = 300;
  std::optional<Bytes> nonce;  // of the requester, echoed
  std::optional<EarRawEvidence> raw_evidence;
};

// The claims set. Malformed "ear.components" (none, too many, two of one name, a name too long),
// "ear.nonce" (not 8 to 64 bytes), "ear.life"; exhausted "ear.raw_evidence".
Result<codec::Json> ear_claims(std::span<const EarComponent> components, const EarOptions& options);
// Signed with a P-256 or P-384 key; unsupported "ear.key_kind" for others.
Result<std::string> sign_ear(std::span<const EarComponent> components, const EarOptions& options,
                             const crypto::PrivateKey& key);

}  // namespace claustrum::policy
