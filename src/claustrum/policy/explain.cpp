// SPDX-License-Identifier: Apache-2.0
// Verdicts in text and JSON [ARCHITECTURE 1.4, 6].
#include "claustrum/policy/explain.h"

#include <algorithm>

#include "claustrum/codec/hex.h"

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

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// One line of at most `width` characters; control characters from evidence never reach a terminal.
std::string one_line(std::string_view text, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0;  // U+0080..U+009F
    i += c1 ? 1 : 0;
    out += c < 0x20 || c == 0x7f || c1 ? ' ' : text[i];
  }
  if (out.size() > width) {
    std::size_t cut = width - 3;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0) == 0x80) {
      --cut;  // not inside a UTF-8 sequence
    }
    out = out.substr(0, cut) + "...";
  }
  return out;
}

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

// Rules and reasons as a policy's author wrote them, on one line of any length.
std::string clean(const std::string& text) {
  return one_line(text, text.size());
}

std::string rule_line(std::string_view name, const std::optional<Rule>& rule) {
  return "  " + padded(std::string(name), 14) +
         (rule ? clean(describe(*rule)) : std::string("NO RULE: denies")) + "\n";
}

std::string explain_rules(const Rules& rules) {
  std::string out = rule_line("platform", rules.platform) + rule_line("product", rules.product) +
                    rule_line("measurement", rules.measurement) + rule_line("debug", rules.debug) +
                    rule_line("migration", rules.migration) + rule_line("vmpl", rules.vmpl) +
                    rule_line("chip-id", rules.chip_id);
  if (rules.tcb_ignored) {
    out += rule_line("tcb", Rule(*rules.tcb_ignored));
  } else if (rules.tcb.empty()) {
    out += rule_line("tcb", std::nullopt);
  }
  for (const auto& [product, components] : rules.tcb) {
    for (const auto& [component, rule] : components) {
      out +=
          "  tcb " + clean(product) + " " + clean(component) + ": " + clean(describe(rule)) + "\n";
    }
  }
  if (rules.init_data_digest || !rules.init_data_fields) {
    out += rule_line("init-data", rules.init_data_digest);
  }
  if (rules.init_data_fields) {
    for (const auto& [leaf, rule] : *rules.init_data_fields) {
      out += "  init-data " + clean(leaf) + ": " + clean(describe(rule)) + "\n";
    }
  }
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

std::string explain_policy(const Policy& policy) {
  std::string out = "policy " +
                    (policy.name().empty() ? std::string("(no name)") : clean(policy.name())) +
                    "\n  digest        " + codec::hex_encode(policy.digest()) + "\n";
  out += explain_rules(policy.rules());
  for (const Floor& floor : policy.floor_list()) {
    out += "  revocation lists of " + floor.issuer + " from " +
           format_rfc3339(floor.crl_this_update) + " on\n";
  }
  if (policy.floor_list().empty()) {
    out += "  no floor: revocation lists of any age have no source to be judged by\n";
  }
  for (const Waiver& waiver : policy.waivers()) {
    out += "  WAIVES " + waiver.factor + " until " + format_rfc3339(waiver.until) + ": " +
           clean(waiver.reason) + "\n";
  }
  for (const SimulatedRoot& root : policy.simulated()) {
    out += "  " + std::string(kBanner) + ": takes the simulated root " +
           codec::hex_encode(root.spki_sha256) + " until " + format_rfc3339(root.until) + ": " +
           clean(root.reason) + "\n";
  }
  for (const std::string& factor : policy.forbid_not_offered()) {
    out += "  demands " + clean(factor) + " even where the vendor offers no such check\n";
  }
  const std::vector<std::string> missing = policy.missing();
  if (!missing.empty()) {
    out += "  INCOMPLETE, denies everything. No rule for:";
    for (const std::string& name : missing) {
      out += " " + name;
    }
    out += "\n";
  }
  return out;
}

}  // namespace claustrum::policy
