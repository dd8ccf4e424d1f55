// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/event_log.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/tcg/test_logs.h"

namespace claustrum::evidence::tcg {
namespace {

constexpr std::size_t kFirstEventLen = 32 + 16 + 4 + 4 + 4 + 2 * 4 + 1;
constexpr std::size_t kCountAt = 32 + 16 + 4 + 4;

void expect_fault(BytesView data, Code code, std::string_view reason,
                  const std::string& note = {}) {
  const Result<EventLog> log = parse_event_log(data);
  ASSERT_FALSE(log.ok()) << note;
  EXPECT_EQ(log.error().code(), code) << note;
  EXPECT_EQ(log.error().reason(), reason) << note;
}

void expect_malformed(BytesView data, const std::string& note = {}) {
  expect_fault(data, Code::kMalformed, "tcg.event_log", note);
}

TEST(TcgEventLog, ReadsWhatItWrites) {
  const EventLog written = td_log();
  const Bytes bytes = serialize(written);
  const Result<EventLog> read = parse_event_log(bytes);
  ASSERT_TRUE(read.ok()) << read.error().message();
  ASSERT_EQ(read->algorithms.size(), 2U);
  EXPECT_EQ(read->algorithms[1].id, kAlgSha384);
  ASSERT_EQ(read->events.size(), written.events.size());
  EXPECT_EQ(read->events[1].type, kEvSeparator);
  EXPECT_EQ(read->events[2].index, 2U);
  EXPECT_EQ(as_text(read->events[2].data), "a device path");
  EXPECT_EQ(*read->events[2].digest(kAlgSha384), *written.events[2].digest(kAlgSha384));
  EXPECT_EQ(read->events[2].digest(kAlgSha1), nullptr);
  EXPECT_EQ(read->padding, 0U);
  EXPECT_EQ(serialize(*read), bytes);
}

TEST(TcgEventLog, ReadsALogWithoutEvents) {
  const Bytes bytes = serialize(empty_log());
  EXPECT_EQ(bytes.size(), kFirstEventLen);
  ASSERT_TRUE(parse_event_log(bytes).ok());
  EXPECT_TRUE(parse_event_log(bytes)->events.empty());
}

TEST(TcgEventLog, EveryPrefixEndsAtAnEventOrIsMalformed) {
  const EventLog log = td_log();
  const Bytes bytes = serialize(log);
  std::set<std::size_t> ends;
  EventLog part = empty_log();
  ends.insert(serialize(part).size());
  for (const Event& event : log.events) {
    part.events.push_back(event);
    ends.insert(serialize(part).size());
  }
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Result<EventLog> read = parse_event_log(BytesView(bytes).first(size));
    EXPECT_EQ(read.ok() && read->padding == 0, ends.contains(size)) << size;
    if (!read.ok()) {
      EXPECT_EQ(read.error().reason(), "tcg.event_log") << size;
    }
  }
}

TEST(TcgEventLog, TheRestOfAnAcpiAreaIsPadding) {
  const Bytes log = serialize(td_log());
  for (const Bytes& rest : {Bytes(100, 0), Bytes(1, 0), Bytes(4096, 0xff), Bytes(8, 0xff),
                            concat({Bytes(8, 0xff), Bytes(100, 0)})}) {
    const Result<EventLog> read = parse_event_log(concat({log, rest}));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->padding, rest.size());
    EXPECT_EQ(read->events.size(), td_log().events.size());
  }
  for (const Bytes& rest :
       {Bytes(1, 1), concat({Bytes(100, 0), Bytes(1, 1)}), concat({Bytes(100, 0), Bytes(8, 0xff)}),
        concat({Bytes(8, 0xff), Bytes(8, 0), Bytes(1, 0xff)})}) {
    expect_malformed(concat({log, rest}));
  }
}

TEST(TcgEventLog, ZerosAreNoEvents) {
  Bytes bytes = serialize(empty_log());
  bytes.resize(kMaxLogLen - 1, 0);
  bytes.push_back(1);
  expect_malformed(bytes);
}

TEST(TcgEventLog, LimitsHold) {
  const Bytes log = serialize(empty_log());
  expect_fault(concat({log, Bytes(kMaxLogLen, 0)}), Code::kExhausted, "tcg.event_log_size");
  EventLog many = empty_log();
  Event bare;
  bare.type = kEvSeparator;
  bare.digests = {{kAlgSha256, Bytes(32, 1)}};
  many.events.assign(kMaxEvents, bare);
  many.events.back().index = 1;
  EXPECT_TRUE(parse_event_log(serialize(many)).ok());
  many.events.push_back(bare);
  expect_malformed(serialize(many));
  EventLog large = empty_log();
  add_event(large, 1, kEvSeparator, Bytes(kMaxEventDataLen, 7));
  EXPECT_TRUE(parse_event_log(serialize(large)).ok());
  large.events[0].data.push_back(7);
  expect_malformed(serialize(large));
}

TEST(TcgEventLog, ATextLogIsUnsupported) {
  Bytes bytes = serialize(td_log());
  bytes[32] ^= 1;  // "Rpec"
  expect_fault(bytes, Code::kUnsupported, "tcg.event_log_format");
  bytes = serialize(td_log());
  bytes[4] = kEvSeparator;
  expect_fault(bytes, Code::kUnsupported, "tcg.event_log_format");
  bytes = serialize(td_log());
  bytes[8] = 1;  // the first event has no digest
  expect_malformed(bytes);
}

TEST(TcgEventLog, AlgorithmsAreKnownByTheirLength) {
  const auto with_algorithms = [](std::vector<Algorithm> algorithms) {
    EventLog log;
    log.algorithms = std::move(algorithms);
    return serialize(log);
  };
  EXPECT_TRUE(parse_event_log(with_algorithms({{kAlgSha1, 20}, {kAlgSm3, 32}})).ok());
  EXPECT_TRUE(parse_event_log(with_algorithms({{0x27, 32}})).ok());  // SHA3-256
  expect_malformed(with_algorithms({}));
  expect_malformed(with_algorithms({{kAlgSha256, 20}}));
  expect_malformed(with_algorithms({{0x27, 0}}));
  expect_malformed(with_algorithms({{0x27, 65}}));
  expect_malformed(with_algorithms({{kAlgSha256, 32}, {kAlgSha256, 32}}));
  std::vector<Algorithm> many;
  for (std::uint16_t i = 0; i <= kMaxAlgorithms; ++i) {
    many.push_back({static_cast<std::uint16_t>(0x100 + i), 32});
  }
  expect_malformed(with_algorithms(many));
  many.pop_back();
  EXPECT_TRUE(parse_event_log(with_algorithms(many)).ok());
  Bytes counted = serialize(empty_log());
  counted[kCountAt] = 3;
  expect_malformed(counted);
  counted[kCountAt] = 1;
  expect_malformed(counted);
}

TEST(TcgEventLog, DigestsAreOfTheLogsAlgorithmsOnceEach) {
  EventLog log = td_log();
  log.events[0].digests[1] = log.events[0].digests[0];
  expect_malformed(serialize(log));
  log = td_log();
  log.events[0].digests[0].algorithm = kAlgSha1;
  expect_malformed(serialize(log));
  log = td_log();
  log.events[0].digests.push_back({kAlgSha512, Bytes(64, 1)});
  expect_malformed(serialize(log));
  log = td_log();
  log.events[0].digests.clear();
  expect_malformed(serialize(log));
  log = td_log();
  log.events[0].digests.pop_back();
  EXPECT_TRUE(parse_event_log(serialize(log)).ok());
}

TEST(TcgEventLog, NamesTypes) {
  EXPECT_EQ(event_type_name(kEvIpl), "EV_IPL");
  EXPECT_EQ(event_type_name(kEvEfiVariableAuthority), "EV_EFI_VARIABLE_AUTHORITY");
  EXPECT_EQ(event_type_name(0x80000099), "");
}

}  // namespace
}  // namespace claustrum::evidence::tcg
