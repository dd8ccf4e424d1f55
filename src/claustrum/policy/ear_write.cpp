// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/ear_write.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/policy/ear_names.h"
#include "claustrum/policy/ear_vector.h"
#include "claustrum/policy/explain.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using evidence::Factor;
using evidence::FactorStatus;

constexpr std::size_t kMinNonce = 8;  // [RFC 9711 4.1]
constexpr std::size_t kMaxNonce = 64;

Status check_nonce(const std::optional<Bytes>& nonce) {
  if (nonce && (nonce->size() < kMinNonce || nonce->size() > kMaxNonce)) {
    return Error(Code::kMalformed, "ear.nonce", "a nonce has 8 to 64 bytes");
  }
  return ok_status();
}

std::string name_of(const EarComponent& component, EarDialect dialect) {
  if (!component.name.empty()) {
    return component.name;
  }
  const std::string& platform = component.appraisal->platform();
  return dialect == EarDialect::kTrustee ? "cpu0" : platform.empty() ? "unknown" : platform;
}

// [RFC 6920] The digest the verdict prints, as a name.
std::string policy_name(const Appraisal& appraisal) {
  return "ni:///sha-256;" + codec::base64url_encode(appraisal.policy_digest());
}

Json vector_json(const TrustVector& vector) {
  Json out = Json::object();
  for (std::size_t i = 0; i < kTrustCategories; ++i) {
    const auto category = static_cast<TrustCategory>(i);
    if (const auto value = vector.at(category)) {
      out.set(to_string(category), std::int64_t{*value});
    }
  }
  return out;
}

// Ids and states only: what was found may name the machine.
Json verifier_claims(const Appraisal& appraisal) {
  Json factors = Json::object();
  for (const Factor& factor : appraisal.factors().list()) {
    factors.set(factor.id, to_string(factor.status));
  }
  Json out = Json::object();
  out.set("verdict", to_string(verdict_of(appraisal)))
      .set("platform", appraisal.platform())
      .set("simulated", appraisal.simulated())
      .set("factors", std::move(factors));
  return out;
}

struct Written {
  Tier status = Tier::kNone;
  Json claims;
};

Written write_component(const EarComponent& component, const EarNames& names) {
  const Appraisal& appraisal = *component.appraisal;
  const TrustVector vector = trust_vector(appraisal);
  Written out;
  out.status = trust_status(appraisal.accepted(), vector);
  out.claims.set(names.status, to_string(out.status)).set(names.vector, vector_json(vector));
  const std::string policy = policy_name(appraisal);
  out.claims.set(names.policy_id, names.policy_list ? Json(Json::Array{policy}) : Json(policy));
  const Factor* nonce = appraisal.factors().find("nonce");
  const bool proved = nonce != nullptr && nonce->status == FactorStatus::kPass;
  if (component.nonce && names.dialect == EarDialect::kIetf &&
      CLAUSTRUM_GUARD("policy.ear.nonce_proved", proved)) {
    out.claims.set("eat_nonce", codec::base64url_encode(*component.nonce));
  }
  out.claims.set(names.verifier_claims, verifier_claims(appraisal));
  return out;
}

Json raw_evidence_json(const EarRawEvidence& raw, const EarNames& names) {
  std::string text = codec::base64url_encode(raw.bytes);
  return names.raw_record ? Json(Json::Array{raw.media_type, std::move(text)})
                          : Json(std::move(text));
}

Status check_components(std::span<const EarComponent> components, const EarOptions& options) {
  if (components.empty() || components.size() > kMaxEarComponents) {
    return Error(Code::kMalformed, "ear.components", "a result has 1 to 16 components");
  }
  if (options.life_seconds < 1 || options.life_seconds > kMaxEarLife) {
    return Error(Code::kMalformed, "ear.life", "a result lives a second to a day");
  }
  for (const EarComponent& component : components) {
    CLAUSTRUM_CHECK(component.appraisal != nullptr);
    if (component.name.size() > kMaxEarName) {
      return Error(Code::kMalformed, "ear.components", "a name has at most 256 bytes");
    }
    CLAUSTRUM_TRY(check_nonce(component.nonce));
  }
  if (options.raw_evidence && options.raw_evidence->bytes.size() > kMaxEarRawEvidence) {
    return Error(Code::kExhausted, "ear.raw_evidence", "more than 1 MiB of evidence for a token");
  }
  return check_nonce(options.nonce);
}

}  // namespace

Result<Json> ear_claims(std::span<const EarComponent> components, const EarOptions& options) {
  CLAUSTRUM_TRY(check_components(components, options));
  const EarNames& names = ear_names_for_writing(options.dialect);
  Json submodules = Json::object();
  Tier worst = Tier::kNone;
  Instant issued = components.front().appraisal->time();
  for (const EarComponent& component : components) {
    const std::string name = name_of(component, options.dialect);
    if (submodules.find(name) != nullptr) {
      return Error(Code::kMalformed, "ear.components", "two components of one name");
    }
    Written written = write_component(component, names);
    worst = std::max(worst, written.status);
    issued = std::min(issued, component.appraisal->time());
    submodules.set(name, std::move(written.claims));
  }
  Json out = Json::object();
  out.set("eat_profile", names.profile)
      .set("iat", issued.seconds)
      .set("exp", (issued + options.life_seconds).seconds)
      .set(names.verifier_id,
           Json::object({{"developer", options.developer}, {"build", options.build}}));
  if (names.overall_status) {
    out.set(names.status, to_string(worst));
  }
  if (options.nonce) {
    out.set("eat_nonce", codec::base64url_encode(*options.nonce));
  }
  if (options.raw_evidence) {
    out.set(names.raw_evidence, raw_evidence_json(*options.raw_evidence, names));
  }
  out.set("submods", std::move(submodules));
  return out;
}

Result<std::string> sign_ear(std::span<const EarComponent> components, const EarOptions& options,
                             const crypto::PrivateKey& key) {
  if (key.kind() != crypto::KeyKind::kP256 && key.kind() != crypto::KeyKind::kP384) {
    return Error(Code::kUnsupported, "ear.key_kind", "results are signed with P-256 or P-384 keys");
  }
  CLAUSTRUM_TRY_ASSIGN(const Json claims, ear_claims(components, options));
  // [RFC 7638] Its members are those of a public key and no more.
  const std::string thumbprint = codec::base64url_encode(
      crypto::sha256(as_bytes(codec::to_jcs(crypto::jwk_from_public_key(key.public_key())))));
  const Json header = Json::object({{"typ", "eat+jwt"}, {"kid", thumbprint}});
  return crypto::jws_sign_compact(key, header, as_bytes(codec::to_json(claims)));
}

}  // namespace claustrum::policy
