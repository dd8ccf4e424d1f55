// SPDX-License-Identifier: Apache-2.0
// Authentic, of its time, meant for us [docs/formats/ear.md, "What a reader checks"].
#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/jws_foreign.h"
#include "claustrum/policy/ear.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxKeys = 16;

// The key of somebody we trust; which one is for the signature to say, not for the header.
Result<crypto::JwsVerified> verify_under(std::string_view token,
                                         std::span<const crypto::PublicKey> keys) {
  if (keys.empty() || keys.size() > kMaxKeys) {
    return Error(Code::kUnauthorised, "ear.no_key", "1 to 16 keys of verifiers are needed");
  }
  std::optional<Error> refusal;
  for (const crypto::PublicKey& key : keys) {
    auto verified = crypto::jws_verify_compact_despite_header_key(token, key);
    if (verified.ok()) {
      return verified;
    }
    // Of several keys one may be of another kind; the signature that failed says more.
    if (!refusal || verified.error().code() == Code::kBadSignature) {
      refusal = verified.error();
    }
  }
  return std::move(*refusal);
}

// [RFC 8725 3.11] A token its maker meant as something else is none of ours.
bool typ_fits(const Json& header) {
  const Json* typ = header.find("typ");
  if (typ == nullptr) {
    return true;
  }
  return typ->is_string() && (typ->string() == "JWT" || typ->string() == "jwt" ||
                              typ->string() == "eat+jwt" || typ->string() == "application/eat+jwt");
}

bool among(const std::vector<std::string>& list, const std::string& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

Status check_time(const Ear& ear, Instant now, const EarExpectations& expected) {
  const Instant soon = now + kEarLeeway;
  if (!CLAUSTRUM_GUARD("policy.ear.iat", ear.issued <= soon)) {
    return Error(Code::kNotYetValid, "ear.not_yet_valid",
                 "issued at " + format_rfc3339(ear.issued));
  }
  if (!CLAUSTRUM_GUARD("policy.ear.nbf", !ear.not_before || *ear.not_before <= soon)) {
    return Error(Code::kNotYetValid, "ear.not_yet_valid",
                 "not before " + format_rfc3339(*ear.not_before));
  }
  if (!CLAUSTRUM_GUARD("policy.ear.exp", !ear.expires || now < *ear.expires)) {
    return Error(Code::kExpired, "ear.expired", "valid until " + format_rfc3339(*ear.expires));
  }
  std::optional<std::int64_t> age = expected.max_age;
  if (!age && !ear.expires) {
    age = kEarDefaultAge;
  }
  if (!CLAUSTRUM_GUARD("policy.ear.age", !age || now.seconds - ear.issued.seconds <= *age)) {
    return Error(Code::kStale, "ear.stale", "issued at " + format_rfc3339(ear.issued));
  }
  return ok_status();
}

Status check_addressed(const Ear& ear, const EarExpectations& expected) {
  // [RFC 7519 4.1.3]
  const bool ours =
      ear.audience.empty() || (expected.audience && among(ear.audience, *expected.audience));
  if (!CLAUSTRUM_GUARD("policy.ear.audience", ours)) {
    return Error(Code::kMismatch, "ear.audience", "made for somebody else");
  }
  if (!CLAUSTRUM_GUARD("policy.ear.nonce", !expected.nonce || among(ear.nonces, *expected.nonce))) {
    return Error(Code::kMismatch, "ear.nonce_mismatch", "not the answer to this request");
  }
  return ok_status();
}

Status check_submodule(const EarSubmodule& part, const EarExpectations& expected) {
  if (!CLAUSTRUM_GUARD("policy.ear.evidence_nonce",
                       !expected.evidence_nonce || among(part.nonces, *expected.evidence_nonce))) {
    return Error(Code::kMismatch, "ear.evidence_nonce", "the evidence answers another request");
  }
  if (!CLAUSTRUM_GUARD("policy.ear.policy",
                       !expected.policy_id || among(part.policy_ids, *expected.policy_id))) {
    return Error(Code::kMismatch, "ear.policy", "appraised by another policy");
  }
  return ok_status();
}

}  // namespace

Result<Ear> verify_ear(std::string_view token, std::span<const crypto::PublicKey> keys, Instant now,
                       const EarExpectations& expected) {
  CLAUSTRUM_TRY_ASSIGN(const crypto::JwsVerified verified, verify_under(token, keys));
  if (!CLAUSTRUM_GUARD("policy.ear.typ", typ_fits(verified.header))) {
    return Error(Code::kMismatch, "ear.typ", "a token of another kind");
  }
  CLAUSTRUM_TRY_ASSIGN(Ear out, parse_ear(verified.payload));
  out.header_key = verified.header.find("jwk") != nullptr || verified.header.find("x5c") != nullptr;
  CLAUSTRUM_TRY(check_time(out, now, expected));
  CLAUSTRUM_TRY(check_addressed(out, expected));
  for (const EarSubmodule& part : out.submodules) {
    CLAUSTRUM_TRY(check_submodule(part, expected));
  }
  return out;
}

}  // namespace claustrum::policy
