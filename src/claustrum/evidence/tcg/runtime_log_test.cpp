// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/runtime_log.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/tcg/test_logs.h"

namespace claustrum::evidence::tcg {
namespace {

const std::string kDigest(96, 'a');
const std::string kInit = "INIT sha384/" + std::string(96, '0');

std::string firmware_event(std::string_view payload = "00000000") {
  return R"({"imr":0,"event_type":4,"digest":")" + kDigest + R"(","event":"","event_payload":")" +
         std::string(payload) + "\"}";
}

std::string runtime_event(std::string_view more = "") {
  return R"({"imr":3,"event_type":134217729,"event":"app-id","event_payload":"01ff")" +
         std::string(more) + "}";
}

std::string_view dstack_fault(std::string_view json) {
  const Result<EventLog> log = parse_dstack_log(as_bytes(json));
  return log.ok() ? std::string_view("none") : log.error().reason();
}

std::string_view agent_fault(std::string_view text) {
  const Result<EventLog> log = parse_agent_log(as_bytes(text));
  return log.ok() ? std::string_view("none") : log.error().reason();
}

TEST(TcgDstackLog, RegistersAreCountedFromZero) {
  const std::string json = "[" + firmware_event() + "," + runtime_event() + "]";
  const Result<EventLog> log = parse_dstack_log(as_bytes(json));
  ASSERT_TRUE(log.ok()) << log.error().message();
  ASSERT_EQ(log->events.size(), 2U);
  EXPECT_EQ(log->events[0].index, 1U);
  EXPECT_EQ(log->events[0].type, kEvSeparator);
  EXPECT_EQ(codec::hex_encode(*log->events[0].digest(kAlgSha384)), kDigest);
  EXPECT_EQ(log->events[0].data, Bytes(4, 0));
  EXPECT_EQ(log->events[1].index, 4U);
}

TEST(TcgDstackLog, ARuntimeEventIsWhatIsHashed) {
  const Bytes payload = {1, 0xff};
  const Bytes measured = write_dstack_event("app-id", payload);
  EXPECT_EQ(codec::hex_encode(measured),
            "010000083a" + codec::hex_encode(as_bytes("app-id:")) + "01ff");
  const std::string json = "[" + runtime_event() + "]";
  const EventLog log = parse_dstack_log(as_bytes(json)).value();
  EXPECT_EQ(log.events[0].data, measured);
  EXPECT_EQ(*log.events[0].digest(kAlgSha384), crypto::hash(crypto::HashAlg::kSha384, measured));
  // A digest that is there stands, whatever the data: replay decides, name_event compares.
  const std::string stated = "[" + runtime_event(",\"digest\":\"" + kDigest + "\"") + "]";
  EXPECT_EQ(codec::hex_encode(*parse_dstack_log(as_bytes(stated))->events[0].digest(kAlgSha384)),
            kDigest);
}

TEST(TcgDstackLog, TheSecondVersionHashesJson) {
  constexpr std::string_view kJson = R"({"name":"app-id","payload":"01ff","type":134217729})";
  const std::string json =
      "[" +
      runtime_event(",\"version\":2,\"preimage\":\"" + codec::hex_encode(as_bytes(kJson)) + "\"") +
      "]";
  const EventLog log = parse_dstack_log(as_bytes(json)).value();
  EXPECT_EQ(log.events[0].data, to_bytes(kJson));
  const std::optional<DstackEvent> read = read_dstack_event(as_bytes(kJson));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->name, "app-id");
  EXPECT_EQ(read->payload, (Bytes{1, 0xff}));
}

TEST(TcgDstackLog, NamesAreReadFromMeasuredBytesOnly) {
  const auto read = [](BytesView bytes) {
    const std::optional<DstackEvent> event = read_dstack_event(bytes);
    return event ? event->name + "|" + std::string(as_text(event->payload)) : "nothing";
  };
  EXPECT_EQ(read(write_dstack_event("a", as_bytes("b:c"))), "a|b:c");
  EXPECT_EQ(read(write_dstack_event("", as_bytes("x"))), "nothing");
  EXPECT_EQ(read(write_dstack_event("\x1b[2J", as_bytes("x"))), "nothing");
  EXPECT_EQ(read(write_dstack_event(std::string(129, 'n'), {})), "nothing");
  Bytes other = write_dstack_event("a", as_bytes("b"));
  other[0] = 2;
  EXPECT_EQ(read(other), "nothing");
  for (const std::string_view odd : {"", "\x01\x00", R"({"name":"a","payload":"01"})",
                                     R"({"name":"a","payload":"01","type":134217728})",
                                     R"({"name": "a","payload":"01","type":134217729})",
                                     R"({"name":"a","payload":"01","type":134217729,"x":1})"}) {
    EXPECT_EQ(read(as_bytes(odd)), "nothing") << odd;
  }
}

TEST(TcgDstackLog, OtherShapesAreMalformed) {
  EXPECT_EQ(dstack_fault("[]"), "none");
  for (const std::string& odd : std::vector<std::string>{
           "", "{}", "[1]", "[{}]", R"([{"imr":4,"event_type":4,"digest":")" + kDigest + "\"}]",
           R"([{"imr":-1,"event_type":4,"digest":")" + kDigest + "\"}]",
           R"([{"imr":0,"event_type":4294967296,"digest":")" + kDigest + "\"}]",
           R"([{"imr":0,"event_type":-1,"digest":")" + kDigest + "\"}]",
           R"([{"imr":0,"event_type":4,"digest":"aa"}])", R"([{"imr":0,"event_type":4}])",
           R"([{"imr":0,"event_type":4,"digest":7}])", "[" + firmware_event("0") + "]",
           R"([{"imr":3,"event_type":134217729,"event_payload":""}])"}) {
    EXPECT_EQ(dstack_fault(odd), "tcg.dstack_log") << odd;
  }
}

TEST(TcgDstackLog, EventsAreCounted) {
  std::string most = "[" + runtime_event();
  for (std::size_t i = 1; i < kMaxRuntimeEvents; ++i) {
    most += "," + runtime_event();
  }
  EXPECT_EQ(dstack_fault(most + "]"), "none");
  EXPECT_EQ(dstack_fault(most + "," + runtime_event() + "]"), "tcg.dstack_log");
}

TEST(TcgAgentLog, EveryLineIsAnEvent) {
  const std::string text = kInit + "\na.example pull an image\nb.example run x\n";
  const Result<EventLog> log = parse_agent_log(as_bytes(text));
  ASSERT_TRUE(log.ok()) << log.error().message();
  ASSERT_EQ(log->events.size(), 3U);
  EXPECT_EQ(log->events[0].data, to_bytes(kInit));
  for (const Event& event : log->events) {
    EXPECT_EQ(event.index, 4U);
    EXPECT_EQ(*event.digest(kAlgSha384), crypto::hash(crypto::HashAlg::kSha384, event.data));
  }
  EXPECT_EQ(parse_agent_log(as_bytes(text).first(text.size() - 1))->events.size(), 3U);
}

TEST(TcgAgentLog, OtherShapesAreMalformed) {
  EXPECT_EQ(agent_fault(kInit), "none");
  for (const std::string& odd : std::vector<std::string>{
           "", "a b c\n", "INIT sha384", "INIT sha384/00", kInit + "0", kInit + "\na b",
           kInit + "\n\n", kInit + "\na  c", kInit + "\n b c", kInit + "\na b \x01"}) {
    EXPECT_EQ(agent_fault(odd), "tcg.agent_log") << odd;
  }
  EXPECT_EQ(agent_fault("INIT sha256/" + std::string(64, '0')), "tcg.agent_log_algorithm");
  EXPECT_EQ(agent_fault(std::string(kMaxLogLen + 1, 'x')), "tcg.agent_log");
  EXPECT_EQ(agent_fault(kInit + "\na b " + std::string(8188, 'c')), "none");
  EXPECT_EQ(agent_fault(kInit + "\na b " + std::string(8189, 'c')), "tcg.agent_log");
}

TEST(TcgAgentLog, EventsAreCounted) {
  std::string most = kInit + "\n";
  for (std::size_t i = 1; i < kMaxRuntimeEvents; ++i) {
    most += "a b c\n";
  }
  EXPECT_EQ(agent_fault(most), "none");
  EXPECT_EQ(agent_fault(most + "a b c\n"), "tcg.agent_log");
}

TEST(TcgGuestLog, IsKnownByItsFirstBytes) {
  const std::string dstack = "[" + runtime_event() + "]";
  EXPECT_EQ(parse_guest_log(as_bytes(dstack))->events.size(), 1U);
  EXPECT_EQ(parse_guest_log(as_bytes(kInit))->events.size(), 1U);
  EXPECT_EQ(parse_guest_log(serialize(td_log()))->events.size(), td_log().events.size());
  EXPECT_EQ(parse_guest_log({}).error().reason(), "tcg.event_log");
}

TEST(TcgTaggedEvent, ItsSizeIsTheRest) {
  const Bytes good = std::move(ByteWriter().u32le(kTagAgent).u32le(5).text("a b c")).take();
  ASSERT_TRUE(read_tagged_event(good).has_value());
  EXPECT_EQ(as_text(read_tagged_event(good)->data), "a b c");
  EXPECT_EQ(read_agent_event(good), "a b c");
  EXPECT_EQ(read_agent_event(as_bytes("a b c")), "a b c");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(read_tagged_event(BytesView(good).first(size)).has_value());
    EXPECT_FALSE(read_agent_event(BytesView(good).first(size)).has_value());
  }
  EXPECT_FALSE(read_tagged_event(concat({good, Bytes{0}})).has_value());
  Bytes other = good;
  other[0] ^= 1;
  EXPECT_FALSE(read_agent_event(other).has_value());
}

}  // namespace
}  // namespace claustrum::evidence::tcg
