// SPDX-License-Identifier: Apache-2.0
// Verdicts in JSON [ARCHITECTURE 6]; in text: screen.cpp.
#include "claustrum/policy/explain.h"

#include "claustrum/codec/hex.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using evidence::Factor;

Json factor_json(const Factor& factor) {
  Json out = Json::object();
  out.set("id", factor.id).set("status", to_string(factor.status));
  if (!factor.reason.empty()) {
    out.set("reason", factor.reason);
  }
  out.set("expected", factor.expected).set("found", factor.found).set("advice", factor.advice);
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kUnsupported:
      return "unsupported";
    case Verdict::kMalformed:
      return "malformed";
  }
  return "refused";
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return 0;
    case Verdict::kRefused:
      return 10;
    case Verdict::kUnsupported:
      return 20;
    case Verdict::kMalformed:
      return 30;
  }
  return 10;
}

Verdict verdict_of(const Appraisal& appraisal) {
  if (appraisal.accepted()) {
    return Verdict::kAccepted;
  }
  if (appraisal.malformed()) {
    return Verdict::kMalformed;
  }
  return appraisal.unsupported() ? Verdict::kUnsupported : Verdict::kRefused;
}

VerdictView view_of(const Appraisal& appraisal) {
  VerdictView view;
  view.verdict = verdict_of(appraisal);
  view.platform = appraisal.platform();
  view.simulated = appraisal.simulated();
  view.time = appraisal.time();
  view.factors = &appraisal.factors();
  view.claims = appraisal.claims();
  view.waivers = appraisal.waivers();
  return view;
}

namespace {

Json standing_json(const std::optional<evidence::TcbStanding>& standing) {
  if (!standing) {
    return Json();
  }
  Json out = Json::object();
  out.set("status", standing->status)
      .set("date", format_rfc3339(standing->date))
      .set("advisories", Json::Array(standing->advisories.begin(), standing->advisories.end()))
      .set("evaluation_data_number", standing->evaluation_data_number);
  return out;
}

}  // namespace

Json claims_json(const evidence::Claims& claims) {
  Json measurements = Json::object();
  for (const auto& [name, value] : claims.measurements) {
    measurements.set(name, codec::hex_encode(value));
  }
  Json tcb = Json::object();
  for (const auto& [component, level] : claims.tcb) {
    tcb.set(component, level);
  }
  Json out = Json::object();
  out.set("platform", claims.platform)
      .set("product", claims.product)
      .set("simulated", claims.simulated)
      .set("measurements", std::move(measurements))
      .set("report_data", codec::hex_encode(claims.report_data))
      .set("host_data", codec::hex_encode(claims.host_data))
      .set("debug", claims.debug)
      .set("migration", claims.migration ? Json(*claims.migration) : Json())
      .set("privilege_level", claims.privilege_level ? Json(*claims.privilege_level) : Json())
      .set("tcb", std::move(tcb))
      .set("standing", standing_json(claims.standing))
      .set("hardware_id", codec::hex_encode(claims.hardware_id))
      .set("provider", claims.provider)
      .set("root", codec::hex_encode(claims.root_spki_sha256))
      .set("details", claims.details);
  return out;
}

Json verdict_json(const VerdictView& view) {
  Json factors = Json::array();
  if (view.factors != nullptr) {
    for (const Factor& factor : view.factors->list()) {
      factors.push(factor_json(factor));
    }
  }
  Json waivers = Json::array();
  for (const UsedWaiver& waiver : view.waivers) {
    Json entry = Json::object();
    entry.set("factor", waiver.factor)
        .set("reason", waiver.reason)
        .set("until", format_rfc3339(waiver.until));
    waivers.push(std::move(entry));
  }
  Json out = Json::object();
  out.set("verdict", to_string(view.verdict))
      .set("platform", view.platform)
      .set("simulated", view.simulated)
      .set("time", format_rfc3339(view.time))
      .set("factors", std::move(factors))
      .set("claims", view.claims == nullptr ? Json() : claims_json(*view.claims))
      .set("waivers", std::move(waivers));
  if (view.claims == nullptr && view.unverified_claims != nullptr) {
    out.set("unverified_claims", claims_json(*view.unverified_claims));
  }
  return out;
}

}  // namespace claustrum::policy
