// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tdx/event_log.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::tdx {
namespace {

constexpr std::string_view kFactor = kEventLogFactor;
constexpr const char* kExpected = "a log that leads to RTMR 0 to 3 of the quote";
constexpr const char* kAdvice =
    "bring the log of this boot: CCEL, with the agent's events if it extended any";
constexpr crypto::HashAlg kAlg = crypto::HashAlg::kSha384;

const Bytes* find(const Collateral& collateral, std::string_view name) {
  const auto at = collateral.find(name);
  return at == collateral.end() ? nullptr : &at->second;
}

Result<tcg::EventLog> read_logs(const Bytes* log, const Bytes* agent) {
  tcg::EventLog out;
  if (log != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(out, tcg::parse_guest_log(*log));
  }
  if (agent != nullptr) {
    CLAUSTRUM_TRY_ASSIGN(const tcg::EventLog more, tcg::parse_agent_log(*agent));
    out.events.insert(out.events.end(), more.events.begin(), more.events.end());
  }
  return out;
}

tcg::Registers registers_of(const dcap::TdReportBody& td) {
  tcg::Registers out;
  for (std::size_t i = 0; i < td.rtmr.size(); ++i) {
    out[static_cast<std::uint32_t>(i)] = to_bytes(BytesView(td.rtmr[i]));
  }
  return out;
}

// The first register that the log does not lead to; one that no event extends is still zero.
const tcg::Registers::value_type* first_difference(const tcg::Registers& quoted,
                                                   tcg::Registers& replayed) {
  for (const auto& signed_register : quoted) {
    const Bytes zero(crypto::digest_len(kAlg), 0);
    const Bytes& led_to = replayed.try_emplace(signed_register.first, zero).first->second;
    if (!CLAUSTRUM_GUARD("evidence.tdx.event_log.register", led_to == signed_register.second)) {
      return &signed_register;
    }
  }
  return nullptr;
}

std::string found_text(const codec::Json& claims, std::size_t num_events) {
  std::string out = "RTMR 0 to 3 equal, " + std::to_string(num_events) + " events";
  const std::int64_t disagreeing = claims.find("disagreeing")->integer();
  if (disagreeing != 0) {
    out += "; " + std::to_string(disagreeing) + " with data that was not measured";
  }
  return out;
}

codec::Json judge_replay(const tcg::EventLog& log, const dcap::TdReportBody& td, Factors& factors) {
  Result<tcg::Registers> replayed = tcg::replay(log, tcg::RegisterKind::kTdxRtmr, kAlg);
  if (!replayed.ok()) {
    factors.fail(kFactor, replayed.error(), kExpected, kAdvice);
    return {};
  }
  const tcg::Registers quoted = registers_of(td);
  if (const auto* differs = first_difference(quoted, *replayed); differs != nullptr) {
    const std::string name = "RTMR " + std::to_string(differs->first) + " = ";
    factors.fail(kFactor, "tdx.event_log.register",
                 name + codec::hex_encode(replayed->at(differs->first)) + " (the log)",
                 name + codec::hex_encode(differs->second) + " (the quote)", kAdvice);
    return {};
  }
  const Result<tcg::ProvenLog> proven =
      tcg::prove_log(log, tcg::RegisterKind::kTdxRtmr, kAlg, quoted);
  CLAUSTRUM_CHECK(proven.ok());  // replay went through the same events
  codec::Json claims = tcg::boot_claims(*proven);
  factors.pass(kFactor, kExpected, found_text(claims, proven->events().size()));
  claims.set("events", tcg::describe(*proven));
  return claims;
}

}  // namespace

codec::Json judge_event_log(const Collateral& collateral, const dcap::TdReportBody& td,
                            Factors& factors) {
  const Bytes* named = find(collateral, kEventLog);
  const Bytes* ccel = find(collateral, kCcel);
  const Bytes* agent = find(collateral, kAgentEventLog);
  if (named == nullptr && ccel == nullptr && agent == nullptr) {
    factors.add({std::string(kFactor),
                 FactorStatus::kNotAttested,
                 kExpected,
                 "no log; the RTMRs stand for themselves",
                 {},
                 {}});
    return {};
  }
  if (!CLAUSTRUM_GUARD("evidence.tdx.event_log.twice", named == nullptr || ccel == nullptr)) {
    factors.fail(kFactor, "tdx.event_log.twice", kExpected, "two logs of one boot", kAdvice);
    return {};
  }
  const Result<tcg::EventLog> log = read_logs(named != nullptr ? named : ccel, agent);
  if (!log.ok()) {
    factors.fail(kFactor, log.error(), kExpected, kAdvice);
    return {};
  }
  return judge_replay(*log, td, factors);
}

}  // namespace claustrum::evidence::tdx
