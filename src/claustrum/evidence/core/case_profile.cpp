// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/case_profile.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/evidence/core/answer.h"

namespace claustrum::evidence {
namespace {

constexpr std::size_t kMaxFiles = 64;

// What a source may not have had. Authenticity is not in the list.
constexpr std::string_view kWaivable[] = {"revocation", "tcb", "driver-rim", "vbios-rim",
                                          "bios-rim"};

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         name.find_first_of("/\\") == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<Bytes> load_named(const CaseLoader& load, std::string_view name) {
  if (!CLAUSTRUM_GUARD("evidence.core.case.file_name", plain_name(name))) {
    return Error(Code::kMalformed, "case.file_name", "a file name of the case is not a plain name");
  }
  return load(name);
}

Result<Collateral> load_collateral(const codec::Json& named, const CaseLoader& load) {
  if (named.members().size() > kMaxFiles) {
    return Error(Code::kExhausted, "case.collateral", "more than 64 collateral files");
  }
  Collateral out;
  for (const auto& [name, file] : named.members()) {
    if (!file.is_string()) {
      return Error(Code::kMalformed, "case.collateral", "a collateral file name is no string");
    }
    Result<Bytes> contents = load_named(load, file.string());
    if (contents.ok()) {
      out[name] = std::move(contents).value();
    } else if (contents.error().code() != Code::kNotFound) {
      return contents.error();
    }
    // What is not there is not there: the factor that needs it says so.
  }
  return out;
}

Result<std::set<std::string, std::less<>>> parse_waive(const codec::Json& file) {
  std::set<std::string, std::less<>> out;
  if (file.find("waive") == nullptr) {
    return out;
  }
  CLAUSTRUM_TRY_ASSIGN(const codec::Json list, file.array_at("waive"));
  for (const codec::Json& item : list.items()) {
    const bool known = item.is_string() &&
                       std::ranges::find(kWaivable, item.string()) != std::ranges::end(kWaivable);
    if (!CLAUSTRUM_GUARD("evidence.core.case.waivable", known)) {
      return Error(Code::kMalformed, "case.waive", "a case may not waive this factor");
    }
    out.insert(item.is_string() ? item.string() : std::string());
  }
  return out;
}

// A waiver stands in for collateral the source did not have. It does not unsay a revocation.
void waive(Factor& factor, std::string why) {
  const bool revoked = factor.reason.ends_with(".revoked");
  if (factor.status == FactorStatus::kFail &&
      CLAUSTRUM_GUARD("evidence.core.case.revoked_stays", !revoked)) {
    factor.status = FactorStatus::kWaived;
    factor.advice = std::move(why);
  }
}

void judge_nonce(const codec::Json& nonce_hex, const Verification& v, Factors& factors) {
  if (!v.claims) {
    factors.not_reached({"nonce"});
    return;
  }
  const Result<Bytes> wanted =
      codec::Json::object().set("nonce_hex", nonce_hex).hex_at("nonce_hex");
  // Never padded to fit: a nonce of another length is another nonce.
  const bool equal_nonce = wanted.ok() && equal(*wanted, answered_nonce(**v.claims));
  if (!CLAUSTRUM_GUARD("evidence.core.case.nonce", equal_nonce)) {
    factors.fail("nonce", "case.nonce", "report data equal to expected.nonce_hex", "another value",
                 "this evidence answers another request");
    return;
  }
  factors.pass("nonce", "report data equal to expected.nonce_hex", "equal");
}

void judge_expected(const Case& c, const Verification& v, Factors& factors) {
  if (c.expected.members().empty()) {
    factors.add({"nonce", FactorStatus::kNotAttested, {}, "no nonce demanded", {}, {}});
    return;
  }
  for (const auto& [name, value] : c.expected.members()) {
    if (name == "nonce_hex") {
      judge_nonce(value, v, factors);
    } else if (!CLAUSTRUM_GUARD("evidence.core.case.expected", false) &&
               factors.find("expected") == nullptr) {
      factors.fail("expected", "case.expected", "every demanded value compared",
                   "a demand this platform cannot answer", "remove it from `expected`");
    }
  }
}

bool holds(const Factor& factor) {
  switch (factor.status) {
    case FactorStatus::kPass:
    case FactorStatus::kWaived:
    case FactorStatus::kNotOffered:
      return true;
    case FactorStatus::kNotAttested:
      // Only what nobody demanded may be missing.
      return factor.id == "nonce" || factor.id == "event-log";
    case FactorStatus::kFail:
    case FactorStatus::kNotReached:
      return false;
  }
  return false;
}

}  // namespace

Result<Case> load_case(const codec::Json& file, const CaseLoader& load, Instant fallback) {
  Case out;
  CLAUSTRUM_TRY_ASSIGN(out.platform, file.string_at("platform"));
  CLAUSTRUM_TRY_ASSIGN(const std::string evidence, file.string_at("evidence"));
  CLAUSTRUM_TRY_ASSIGN(out.evidence, load_named(load, evidence));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json collateral, file.object_at("collateral"));
  CLAUSTRUM_TRY_ASSIGN(out.collateral, load_collateral(collateral, load));
  CLAUSTRUM_TRY_ASSIGN(out.waive, parse_waive(file));
  out.verify_at = fallback;
  if (const codec::Json* at = file.find("verify_at"); at != nullptr && !at->is_null()) {
    CLAUSTRUM_TRY_ASSIGN(const std::string text, file.string_at("verify_at"));
    CLAUSTRUM_TRY_ASSIGN(out.verify_at, parse_rfc3339(text));
  }
  out.expected = codec::Json::object();
  if (file.find("expected") != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(out.expected, file.object_at("expected"));
  }
  return out;
}

CaseVerdict judge_case(const Verification& verification, const Case& c) {
  CaseVerdict out;
  out.factors = verification.factors;
  judge_expected(c, verification, out.factors);
  for (Factor& factor : out.factors.list()) {
    if (factor.id == "collateral-current") {
      waive(factor, "--case runs without floors");
    } else if (factor.id == "attributes") {
      waive(factor, "--case judges no attribute but debug");
    } else if (c.waive.contains(factor.id)) {
      waive(factor, "waived by case.json");
    }
  }
  const bool authentic =
      CLAUSTRUM_GUARD("evidence.core.case.authentic", verification.claims.has_value());
  out.accepted = authentic && std::ranges::all_of(out.factors.list(), holds);
  if (out.accepted) {
    out.exit_code = 0;
  } else if (verification.malformed) {
    out.exit_code = 30;
  } else if (verification.unsupported) {
    out.exit_code = 20;
  }
  return out;
}

}  // namespace claustrum::evidence
