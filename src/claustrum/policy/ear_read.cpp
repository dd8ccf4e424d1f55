// SPDX-License-Identifier: Apache-2.0
// The shape of EARs of all dialects [docs/formats/ear.md, "What a reader checks"]; whether one is
// authentic, of its time and meant for us is ear_verify.cpp's.
#include <algorithm>
#include <cmath>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/policy/ear.h"
#include "claustrum/policy/ear_names.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kMaxSubmodules = 64;
constexpr std::size_t kMaxText = 256;     // names, ids
constexpr std::size_t kMaxTexts = 16;     // policy ids, nonces, audiences
constexpr std::size_t kMinNonceText = 8;  // [RFC 9711 4.1]
constexpr std::size_t kMaxNonceText = 88;
constexpr std::int64_t kMaxTime = 253'402'300'799;  // the year 9999
constexpr std::size_t kMaxDepth = 64;               // attesters' claims nest as they like

Error malformed(std::string_view reason, std::string_view what) {
  return Error(Code::kMalformed, reason, std::string(what));
}

Result<std::string> text_of(const Json* value, std::string_view name) {
  if (value == nullptr || !value->is_string() || value->string().size() > kMaxText) {
    return malformed("ear.claim", std::string(name) + " is a text of at most 256 bytes");
  }
  return value->string();
}

// Absent: nothing. A list, or one text where the dialect has one.
Result<std::vector<std::string>> texts_of(const Json* value, std::string_view name, bool single) {
  std::vector<std::string> out;
  if (value == nullptr) {
    return out;
  }
  if (single && value->is_string()) {
    CLAUSTRUM_TRY_ASSIGN(std::string text, text_of(value, name));
    out.push_back(std::move(text));
    return out;
  }
  if (!value->is_array() || value->items().empty() || value->items().size() > kMaxTexts) {
    return malformed("ear.claim", std::string(name) + " lists 1 to 16 texts");
  }
  for (const Json& item : value->items()) {
    CLAUSTRUM_TRY_ASSIGN(std::string text, text_of(&item, name));
    out.push_back(std::move(text));
  }
  return out;
}

Result<std::vector<std::string>> nonces_of(const Json& claims) {
  CLAUSTRUM_TRY_ASSIGN(std::vector<std::string> out,
                       texts_of(claims.find("eat_nonce"), "eat_nonce", true));
  for (const std::string& nonce : out) {
    if (nonce.size() < kMinNonceText || nonce.size() > kMaxNonceText) {
      return malformed("ear.nonce", "a nonce has 8 to 88 characters");
    }
  }
  return out;
}

Result<std::optional<Instant>> time_of(const Json& claims, std::string_view name, bool floats) {
  const Json* value = claims.find(name);
  if (value == nullptr) {
    return std::optional<Instant>();
  }
  double whole = 0;
  const bool integral = value->is_integer() ||
                        (floats && value->is_double() && std::modf(value->number(), &whole) == 0.0);
  if (!integral || value->number() < 0 || value->number() > static_cast<double>(kMaxTime)) {
    return malformed("ear.time", std::string(name) + " is a whole number of seconds since 1970");
  }
  return std::optional<Instant>(
      Instant{value->is_integer() ? value->integer() : static_cast<std::int64_t>(value->number())});
}

Result<Tier> status_of(const Json* value) {
  for (const Tier tier : {Tier::kNone, Tier::kAffirming, Tier::kWarning, Tier::kContraindicated}) {
    if (value != nullptr && value->is_string() && value->string() == to_string(tier)) {
      return tier;
    }
  }
  return malformed("ear.status", "a status is none, affirming, warning or contraindicated");
}

Result<TrustVector> vector_of(const Json* value) {
  TrustVector out;
  if (value == nullptr) {
    return out;
  }
  if (!value->is_object()) {
    return malformed("ear.vector", "a vector is an object");
  }
  for (const Json::Member& member : value->members()) {
    bool known = false;
    for (std::size_t i = 0; i < kTrustCategories; ++i) {
      const auto category = static_cast<TrustCategory>(i);
      if (to_string(category) != member.first) {
        continue;
      }
      if (!member.second.is_integer() || member.second.integer() < -128 ||
          member.second.integer() > 127) {
        return malformed("ear.vector", "a claim is an integer from -128 to 127");
      }
      out.set(category, static_cast<std::int8_t>(member.second.integer()));
      known = true;
    }
    if (!known) {
      return malformed("ear.vector", "a category AR4SI does not have");
    }
  }
  return out;
}

Json object_or_null(const Json& claims, std::string_view name) {
  const Json* value = claims.find(name);
  return value != nullptr && value->is_object() ? *value : Json();
}

// A status may be worse than what stands behind it, never better.
Status not_better(Tier status, Tier behind) {
  if (status < behind) {
    return Error(Code::kMismatch, "ear.overstated",
                 "a status of " + std::string(to_string(status)) + " above " +
                     std::string(to_string(behind)));
  }
  return ok_status();
}

Result<EarSubmodule> read_submodule(const Json::Member& member, const EarNames& names) {
  const Json& claims = member.second;
  if (member.first.empty() || member.first.size() > kMaxText || !claims.is_object()) {
    return malformed("ear.submods", "a submodule has a name and is an object");
  }
  EarSubmodule out;
  out.name = member.first;
  CLAUSTRUM_TRY_ASSIGN(out.status, status_of(claims.find(names.status)));
  CLAUSTRUM_TRY_ASSIGN(out.vector, vector_of(claims.find(names.vector)));
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("policy.ear.overstated", not_better(out.status, out.vector.worst())));
  CLAUSTRUM_TRY_ASSIGN(out.policy_ids,
                       texts_of(claims.find(names.policy_id), names.policy_id, !names.policy_list));
  CLAUSTRUM_TRY_ASSIGN(out.nonces, nonces_of(claims));
  out.attester_claims = object_or_null(claims, names.attester_claims);
  out.verifier_claims = object_or_null(claims, names.verifier_claims);
  return out;
}

Status read_submodules(const Json& claims, const EarNames& names, Ear& out) {
  const Json* list = claims.find("submods");
  if (list == nullptr || !list->is_object() || list->members().empty() ||
      list->members().size() > kMaxSubmodules) {
    return malformed("ear.submods", "a result has 1 to 64 submodules");
  }
  for (const Json::Member& member : list->members()) {
    CLAUSTRUM_TRY_ASSIGN(EarSubmodule submodule, read_submodule(member, names));
    out.status = std::max(out.status, submodule.status);
    out.submodules.push_back(std::move(submodule));
  }
  return ok_status();
}

// A component without a conclusion is no reason to trust the whole.
Tier whole_of(const Ear& ear) {
  const bool open = std::ranges::any_of(
      ear.submodules, [](const EarSubmodule& part) { return part.status == Tier::kNone; });
  if (!CLAUSTRUM_GUARD("policy.ear.open_part", ear.status != Tier::kAffirming || !open)) {
    return Tier::kNone;
  }
  return ear.status;
}

Status read_overall(const Json& claims, const EarNames& names, Ear& out) {
  const Json* value = names.overall_status ? claims.find(names.status) : nullptr;
  if (value != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const Tier stated, status_of(value));
    // "none" states nothing about the whole.
    const Tier told = stated == Tier::kNone ? out.status : stated;
    CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("policy.ear.overall", not_better(told, out.status)));
    out.status = std::max(told, out.status);
  }
  out.status = whole_of(out);
  return ok_status();
}

Status read_times(const Json& claims, const EarNames& names, Ear& out) {
  CLAUSTRUM_TRY_ASSIGN(const auto issued, time_of(claims, "iat", names.float_times));
  if (!issued) {
    return malformed("ear.time", "a result says when it was issued");
  }
  out.issued = *issued;
  CLAUSTRUM_TRY_ASSIGN(out.expires, time_of(claims, "exp", names.float_times));
  CLAUSTRUM_TRY_ASSIGN(out.not_before, time_of(claims, "nbf", names.float_times));
  return ok_status();
}

}  // namespace

Result<Ear> parse_ear(BytesView text) {
  codec::JsonLimits limits;
  limits.max_bytes = crypto::kMaxJoseLen;
  limits.max_depth = kMaxDepth;
  limits.numbers = codec::JsonNumbers::kAny;
  CLAUSTRUM_TRY_ASSIGN(const Json claims, codec::parse_json(text, limits));
  Ear out;
  CLAUSTRUM_TRY_ASSIGN(out.profile, text_of(claims.find("eat_profile"), "eat_profile"));
  const EarNames* names = ear_names_of(out.profile);
  if (names == nullptr) {
    return Error(Code::kUnsupported, "ear.profile", "no profile of results that is read here");
  }
  out.dialect = names->dialect;
  const Json verifier = object_or_null(claims, names->verifier_id);
  CLAUSTRUM_TRY_ASSIGN(out.developer, text_of(verifier.find("developer"), "developer"));
  CLAUSTRUM_TRY_ASSIGN(out.build, text_of(verifier.find("build"), "build"));
  CLAUSTRUM_TRY(read_times(claims, *names, out));
  CLAUSTRUM_TRY_ASSIGN(out.audience, texts_of(claims.find("aud"), "aud", true));
  CLAUSTRUM_TRY_ASSIGN(out.nonces, nonces_of(claims));
  CLAUSTRUM_TRY(read_submodules(claims, *names, out));
  CLAUSTRUM_TRY(read_overall(claims, *names, out));
  out.raw_evidence = claims.find(names->raw_evidence) != nullptr;
  return out;
}

}  // namespace claustrum::policy
