// SPDX-License-Identifier: Apache-2.0
// Verdicts in text and JSON [ARCHITECTURE 1.4, 6].
#include "claustrum/policy/explain.h"

#include <algorithm>

#include "claustrum/codec/hex.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using codec::Json;
using evidence::Factor;
using evidence::FactorStatus;

constexpr std::size_t kWidth = 100;  // of a screen
// What to do is never cut to the screen: a person copies addresses from it.
constexpr std::size_t kMaxDetail = 1000;
constexpr std::size_t kMaxId = 34;
constexpr std::string_view kBanner = "SIMULATED: NO PROTECTION";

std::string_view colour_of(FactorStatus status) {
  switch (status) {
    case FactorStatus::kPass:
      return "\x1b[32m";
    case FactorStatus::kFail:
      return "\x1b[1;31m";
    case FactorStatus::kWaived:
      return "\x1b[33m";
    case FactorStatus::kNotAttested:
    case FactorStatus::kNotOffered:
    case FactorStatus::kNotReached:
      return "\x1b[2m";
  }
  return "";
}

std::string painted(std::string text, std::string_view code, Colour colour) {
  return colour == Colour::kOn ? std::string(code) + text + "\x1b[0m" : text;
}

std::string label_of(FactorStatus status) {
  return status == FactorStatus::kFail ? "FAIL" : std::string(to_string(status));
}

void add_detail(std::string& out, std::string_view name, std::string_view text,
                std::size_t width = kWidth) {
  if (!text.empty()) {
    const std::string head = "               " + padded(std::string(name), 10);
    out += head + one_line(text, width - head.size()) + "\n";
  }
}

void add_factor(std::string& out, const Factor& factor, std::size_t id_width, Colour colour) {
  const std::string status =
      painted(padded(label_of(factor.status), 13), colour_of(factor.status), colour);
  const std::string head = padded(one_line(factor.id, kMaxId), id_width);
  const std::string shown = factor.status == FactorStatus::kNotReached ? "" : factor.found;
  out += "  " + status + head + "  " + one_line(shown, kWidth - 17 - id_width) + "\n";
  if (factor.status == FactorStatus::kFail) {
    add_detail(out, "expected", factor.expected);
    add_detail(out, "reason", factor.reason);
    add_detail(out, "do", factor.advice, kMaxDetail);
  } else if (factor.status == FactorStatus::kWaived) {
    add_detail(out, "waiver", factor.advice);
  }
}

std::string headline(const VerdictView& view, Colour colour) {
  std::string out;
  if (view.simulated) {
    out += painted("*** " + std::string(kBanner) + " ***", "\x1b[1;97;41m", colour) + "\n";
  }
  std::string word(to_string(view.verdict));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const bool good = view.verdict == Verdict::kAccepted;
  out += painted(word, good ? "\x1b[1;32m" : "\x1b[1;31m", colour);
  out += "  " + (view.platform.empty() ? std::string("no platform") : one_line(view.platform, 40)) +
         "  as of " + format_rfc3339(view.time) + "\n";
  return out;
}

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

std::string explain(const VerdictView& view, Colour colour) {
  std::string out = headline(view, colour);
  if (view.factors == nullptr) {
    return out;
  }
  std::size_t id_width = 0;
  for (const Factor& factor : view.factors->list()) {
    id_width = std::max(id_width, std::min(factor.id.size(), kMaxId));
  }
  for (const Factor& factor : view.factors->list()) {
    add_factor(out, factor, id_width, colour);
  }
  if (view.simulated) {
    out += painted("*** " + std::string(kBanner) + " ***", "\x1b[1;97;41m", colour) + "\n";
  }
  return out;
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
