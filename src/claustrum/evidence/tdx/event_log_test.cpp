// SPDX-License-Identifier: Apache-2.0
// Logs beside signed quotes: what fits is named, what was changed is refused and names nothing.
#include "claustrum/evidence/tdx/event_log.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/tdx/verify.h"
#include "claustrum/simulator/intel_event_log.h"

namespace claustrum::evidence::tdx {
namespace {

using simulator::QuoteForm;

constexpr std::string_view kId = "event-log";

struct TdxEventLog : ::testing::Test {
  TdxEventLog() { simulator::measure(log, scene.td()); }

  Verification run() {
    scene.collateral[std::string(kEventLog)] = tcg::serialize(log);
    return scene.run();
  }
  void expect_refused(std::string_view reason) {
    const Verification v = run();
    dcap::expect_judged(v, kId, reason);
    EXPECT_EQ((*v.claims)->details.find("event_log"), nullptr);
  }
  // The log as it was when the quote was made, changed since.
  tcg::Event& event(std::uint32_t index, std::size_t nth) {
    for (tcg::Event& one : log.events) {
      if (one.index == index && nth-- == 0) {
        return one;
      }
    }
    ADD_FAILURE();
    return log.events.front();
  }

  dcap::Scene scene{QuoteForm::kTd15V5, verify};
  tcg::EventLog log = simulator::td_event_log({.agent = {"a.example pull image"}});
};

std::string sha384_hex(std::string_view text) {
  return codec::hex_encode(crypto::hash(crypto::HashAlg::kSha384, as_bytes(text)));
}

TEST_F(TdxEventLog, ALogThatFitsIsNamed) {
  const Verification v = run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_EQ(v.factors.find(kId)->status, FactorStatus::kPass);
  EXPECT_EQ(v.factors.find(kId)->found, "RTMR 0 to 3 equal, 15 events");
  const codec::Json* claims = (*v.claims)->details.find("event_log");
  ASSERT_NE(claims, nullptr);
  EXPECT_EQ(claims->find("secure_boot")->string(), "on");
  EXPECT_EQ(claims->find("kernel")->string(), sha384_hex("simulated kernel"));
  EXPECT_EQ(claims->find("command_line")->string(), sha384_hex("console=hvc0 root=/dev/vda ro"));
  EXPECT_EQ(claims->find("initrd")->string(), sha384_hex("simulated initrd"));
  EXPECT_EQ(claims->find("agent")->items().front().string(), "a.example pull image");
  EXPECT_EQ(claims->find("events")->items().size(), 15U);
}

TEST_F(TdxEventLog, WithoutALogNothingIsSaid) {
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find(kId)->status, FactorStatus::kNotAttested);
  EXPECT_EQ((*v.claims)->details.find("event_log"), nullptr);
}

TEST_F(TdxEventLog, NothingIsJudgedBesideAQuoteThatIsNotAuthentic) {
  scene.collateral[std::string(kEventLog)] = tcg::serialize(log);
  dcap::Quote quote = scene.sealed();
  quote.signature[5] ^= 1;
  const Verification v = scene.run_as_is(quote);
  EXPECT_EQ(v.factors.find(kId)->status, FactorStatus::kNotReached);
  EXPECT_EQ(v.unverified_claims->details.find("event_log"), nullptr);
}

TEST_F(TdxEventLog, AnAlteredDigestIsRefusedInEveryRegister) {
  for (std::uint32_t index = 1; index <= 4; ++index) {
    event(index, 0).digests[0].value[47] ^= 1;
    const Verification v = run();
    dcap::expect_judged(v, kId, "tdx.event_log.register");
    const std::string name = "RTMR " + std::to_string(index - 1) + " = ";
    EXPECT_EQ(v.factors.find(kId)->found,
              name + codec::hex_encode(scene.td().rtmr[index - 1]) + " (the quote)");
    EXPECT_TRUE(v.factors.find(kId)->expected.starts_with(name));
    event(index, 0).digests[0].value[47] ^= 1;
  }
}

TEST_F(TdxEventLog, ADroppedEventIsRefused) {
  log.events.erase(log.events.begin() + 2);
  expect_refused("tdx.event_log.register");
}

TEST_F(TdxEventLog, ARegisterWithoutEventsIsZero) {
  ASSERT_EQ(log.events.back().index, 4U);
  log.events.pop_back();
  expect_refused("tdx.event_log.register");
  scene.td().rtmr[3] = {};
  EXPECT_EQ(run().factors.find(kId)->status, FactorStatus::kPass);
}

TEST_F(TdxEventLog, AnAddedEventIsRefused) {
  log.events.push_back(simulator::td_event(4, tcg::kEvEventTag, {}, as_bytes("more")));
  expect_refused("tdx.event_log.register");
}

TEST_F(TdxEventLog, ReorderedEventsAreRefused) {
  std::swap(event(1, 0), event(1, 1));
  expect_refused("tdx.event_log.register");
}

TEST_F(TdxEventLog, AnEventOfAnotherRegisterIsRefused) {
  event(2, 0).index = 3;
  expect_refused("tdx.event_log.register");
  event(1, 0).index = 0;  // MRTD, which nothing extends after launch
  expect_refused("tcg.register_index");
}

TEST_F(TdxEventLog, AnotherAlgorithmIsRefused) {
  tcg::EventLog other;
  other.algorithms = {{tcg::kAlgSha256, 32}};
  for (const tcg::Event& one : log.events) {
    tcg::Event changed = one;
    changed.digests = {{tcg::kAlgSha256, crypto::hash(crypto::HashAlg::kSha256, one.data)}};
    other.events.push_back(std::move(changed));
  }
  log = other;
  expect_refused("tcg.digest_missing");
}

TEST_F(TdxEventLog, ATruncatedLogIsRefused) {
  const Bytes whole = tcg::serialize(log);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    scene.collateral[std::string(kEventLog)] = to_bytes(BytesView(whole).first(size));
    const Verification v = scene.run();
    ASSERT_EQ(v.factors.find(kId)->status, FactorStatus::kFail) << size;
    ASSERT_EQ((*v.claims)->details.find("event_log"), nullptr) << size;
  }
}

// The digest is signed, the text beside it is not: it is shown to be another and names nothing.
TEST_F(TdxEventLog, DataThatWasNotMeasuredIsFlagged) {
  event(1, 2).data.back() ^= 1;
  const Verification v = run();
  EXPECT_EQ(v.factors.find(kId)->found,
            "RTMR 0 to 3 equal, 15 events; 1 with data that was not measured");
  const codec::Json* claims = (*v.claims)->details.find("event_log");
  EXPECT_EQ(claims->find("disagreeing")->integer(), 1);
  EXPECT_TRUE(claims->find("events")->items()[2].find("disagrees")->boolean());
  EXPECT_EQ(claims->find("events")->items()[2].find("variable"), nullptr);
}

TEST_F(TdxEventLog, OneBootHasOneLog) {
  scene.collateral[std::string(kCcel)] = tcg::serialize(log);
  EXPECT_EQ(scene.run().factors.find(kId)->status, FactorStatus::kPass);
  expect_refused("tdx.event_log.twice");
}

TEST_F(TdxEventLog, AnAgentsOwnLogFollowsTheFirmwares) {
  const std::string text = "INIT sha384/" + std::string(96, '0') + "\na.example pull image\n";
  log = simulator::td_event_log();
  tcg::EventLog both = log;
  const tcg::EventLog agent = tcg::parse_agent_log(as_bytes(text)).value();
  both.events.insert(both.events.end(), agent.events.begin(), agent.events.end());
  simulator::measure(both, scene.td());
  expect_refused("tdx.event_log.register");
  scene.collateral[std::string(kAgentEventLog)] = to_bytes(text);
  EXPECT_EQ(run().factors.find(kId)->status, FactorStatus::kPass);
  scene.collateral[std::string(kAgentEventLog)] = to_bytes("INIT sha384/0");
  expect_refused("tcg.agent_log");
}

}  // namespace
}  // namespace claustrum::evidence::tdx
