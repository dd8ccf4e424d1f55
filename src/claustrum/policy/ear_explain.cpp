// SPDX-License-Identifier: Apache-2.0
// An EAR that was verified, for people and programs. Its texts are another verifier's: no control
// byte of them reaches a terminal.
#include "claustrum/policy/ear.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kMaxName = 34;
constexpr std::string_view kBanner = "*** SIMULATED: NO PROTECTION ***\n";

std::string_view colour_of(Tier tier) {
  switch (tier) {
    case Tier::kNone:
      return "\x1b[2m";
    case Tier::kAffirming:
      return "\x1b[32m";
    case Tier::kWarning:
      return "\x1b[33m";
    case Tier::kContraindicated:
      return "\x1b[1;31m";
  }
  return "";
}

std::string tier_text(Tier tier, std::size_t width, bool colour) {
  const std::string text = padded(std::string(to_string(tier)), width);
  return colour ? std::string(colour_of(tier)) + text + "\x1b[0m" : text;
}

bool simulated(const EarSubmodule& part) {
  const Json* value = part.verifier_claims.find("simulated");
  return value != nullptr && value->is_bool() && value->boolean();
}

bool any_simulated(const Ear& ear) {
  for (const EarSubmodule& part : ear.submodules) {
    if (simulated(part)) {
      return true;
    }
  }
  return false;
}

std::string detail(std::string_view name, std::string_view text) {
  return "  " + padded(std::string(name), 10) + one_line(text, kWidth - 12) + "\n";
}

std::string vector_lines(const TrustVector& vector, bool colour) {
  std::string out;
  for (std::size_t i = 0; i < kTrustCategories; ++i) {
    const auto category = static_cast<TrustCategory>(i);
    if (const auto value = vector.at(category)) {
      out += "    " + tier_text(tier_of(*value), 17, colour) +
             padded(std::string(to_string(category)), 19) + padded(std::to_string(*value), 5) +
             std::string(meaning_of(category, *value)) + "\n";
    }
  }
  return out.empty() ? "    no vector: only the status\n" : out;
}

std::string submodule_text(const EarSubmodule& part, bool colour) {
  std::string out =
      "  " + tier_text(part.status, 17, colour) + one_line(part.name, kMaxName) + "\n";
  for (const std::string& id : part.policy_ids) {
    out += "    policy           " + one_line(id, kWidth - 21) + "\n";
  }
  for (const std::string& nonce : part.nonces) {
    out += "    evidence nonce   " + one_line(nonce, kWidth - 21) + "\n";
  }
  return out + vector_lines(part.vector, colour);
}

Json times_json(const std::optional<Instant>& at) {
  return at ? Json(format_rfc3339(*at)) : Json();
}

Json texts_json(const std::vector<std::string>& list) {
  return Json(Json::Array(list.begin(), list.end()));
}

Json submodule_json(const EarSubmodule& part) {
  Json vector = Json::object();
  for (std::size_t i = 0; i < kTrustCategories; ++i) {
    const auto category = static_cast<TrustCategory>(i);
    if (const auto value = part.vector.at(category)) {
      vector.set(to_string(category), std::int64_t{*value});
    }
  }
  Json out = Json::object();
  out.set("name", part.name)
      .set("status", to_string(part.status))
      .set("vector", std::move(vector))
      .set("policy_ids", texts_json(part.policy_ids))
      .set("nonces", texts_json(part.nonces))
      .set("attester_claims", part.attester_claims)
      .set("verifier_claims", part.verifier_claims);
  return out;
}

}  // namespace

std::string explain_ear(const Ear& ear, bool colour) {
  const std::string banner = any_simulated(ear) ? std::string(kBanner) : std::string();
  std::string out = banner + tier_text(ear.status, 0, colour) + "  attestation result, dialect " +
                    std::string(to_string(ear.dialect)) + "\n";
  out += detail("profile", ear.profile);
  out += detail("verifier", ear.developer + ", " + ear.build);
  out += detail("issued", format_rfc3339(ear.issued) +
                              (ear.expires ? ", valid until " + format_rfc3339(*ear.expires)
                                           : std::string(", no end of its own")));
  for (const std::string& nonce : ear.nonces) {
    out += detail("nonce", nonce);
  }
  if (ear.header_key) {
    out += detail("note", "the token brings a key of its own, which was not used");
  }
  for (const EarSubmodule& part : ear.submodules) {
    out += submodule_text(part, colour);
  }
  return out + banner;
}

Json ear_json(const Ear& ear) {
  Json submodules = Json::array();
  for (const EarSubmodule& part : ear.submodules) {
    submodules.push(submodule_json(part));
  }
  Json out = Json::object();
  out.set("verdict", ear.status == Tier::kAffirming ? "accepted" : "refused")
      .set("status", to_string(ear.status))
      .set("dialect", to_string(ear.dialect))
      .set("profile", ear.profile)
      .set("verifier", Json::object({{"developer", ear.developer}, {"build", ear.build}}))
      .set("issued", format_rfc3339(ear.issued))
      .set("expires", times_json(ear.expires))
      .set("not_before", times_json(ear.not_before))
      .set("audience", texts_json(ear.audience))
      .set("nonces", texts_json(ear.nonces))
      .set("simulated", any_simulated(ear))
      .set("raw_evidence", ear.raw_evidence)
      .set("header_key", ear.header_key)
      .set("submodules", std::move(submodules));
  return out;
}

}  // namespace claustrum::policy
