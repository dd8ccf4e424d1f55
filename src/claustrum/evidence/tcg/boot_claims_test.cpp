// SPDX-License-Identifier: Apache-2.0
// What is named of a boot, and how a log that is not honest fails to have something named: its
// types and texts are changed, later software extends the registers, the digests are the signed
// ones throughout.
#include "claustrum/evidence/tcg/boot_claims.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/tcg/test_logs.h"
#include "claustrum/simulator/intel_event_log.h"

namespace claustrum::evidence::tcg {
namespace {

using crypto::HashAlg;
using simulator::td_event;
using simulator::td_event_log;

constexpr std::uint32_t kFirmware = 1;
constexpr std::uint32_t kImages = 2;
constexpr std::uint32_t kLoader = 3;
constexpr std::uint32_t kRuntime = 4;

// Whatever the log says, the registers are those of its digests.
codec::Json claims_of(const EventLog& log) {
  const Registers quoted = replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384).value();
  return boot_claims(prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted).value());
}

std::string text_at(const codec::Json& claims, std::string_view name) {
  const codec::Json* member = claims.find(name);
  return member != nullptr && member->is_string() ? member->string() : std::string("absent");
}

std::string sha384_hex(BytesView data) {
  return codec::hex_encode(crypto::hash(HashAlg::kSha384, data));
}

Event* nth(EventLog& log, std::uint32_t index, std::size_t n) {
  for (Event& event : log.events) {
    if (event.index == index && n-- == 0) {
      return &event;
    }
  }
  return nullptr;
}

void add(EventLog& log, std::uint32_t index, std::uint32_t type, BytesView data) {
  log.events.push_back(td_event(index, type, to_bytes(data), data));
}

TEST(TcgBootClaims, ABootByTheFirmwareItself) {
  const codec::Json claims = claims_of(td_event_log());
  EXPECT_EQ(text_at(claims, "secure_boot"), "on");
  EXPECT_EQ(text_at(claims, "kernel"), sha384_hex(as_bytes("simulated kernel")));
  EXPECT_EQ(text_at(claims, "command_line"), sha384_hex(as_bytes("console=hvc0 root=/dev/vda ro")));
  EXPECT_EQ(text_at(claims, "initrd"), sha384_hex(as_bytes("simulated initrd")));
  EXPECT_EQ(claims.find("images")->items().size(), 1U);
  EXPECT_EQ(claims.find("firmware")->items().size(), 2U);
  EXPECT_EQ(claims.find("firmware")->items()[1].string(),
            sha384_hex(as_bytes("simulated configuration volume")));
  const codec::Json* keys = claims.find("secure_boot_keys");
  ASSERT_EQ(keys->members().size(), 4U);
  EXPECT_EQ(keys->members()[3].first, "dbx");
  EXPECT_EQ(claims.find("counts")->integer_at("rtmr0").value(), 8);
  EXPECT_EQ(claims.find("counts")->integer_at("rtmr3").value(), 0);
  EXPECT_EQ(claims.find("disagreeing")->integer(), 0);
  EXPECT_EQ(claims.find("runtime"), nullptr);
  EXPECT_EQ(claims.find("agent"), nullptr);
}

TEST(TcgBootClaims, AnEmptyLogNamesNothing) {
  const codec::Json claims = claims_of(empty_log());
  EXPECT_EQ(claims.members().size(), 2U);  // counts, disagreeing
}

TEST(TcgBootClaims, SecureBootIsADigestNotAnEvent) {
  EXPECT_EQ(text_at(claims_of(td_event_log({.secure_boot = false})), "secure_boot"), "off");
  EventLog unset = td_event_log();
  *nth(unset, kFirmware, 2) =
      td_event(kFirmware, kEvEfiVariableDriverConfig, {}, variable_data("SecureBoot", {}));
  EXPECT_EQ(text_at(claims_of(unset), "secure_boot"), "off");
  // The kernel of a boot without it extends what a boot with it shows; the log hides the first.
  EventLog forged = td_event_log({.secure_boot = false});
  nth(forged, kFirmware, 2)->type = kEvAction;
  nth(forged, kFirmware, 2)->data.clear();
  add(forged, kFirmware, kEvEfiVariableDriverConfig, variable_data("SecureBoot", Bytes{1}));
  EXPECT_EQ(text_at(claims_of(forged), "secure_boot"), "off");
  EventLog both = td_event_log();
  Event off = td_event(kFirmware, kEvAction, {}, variable_data("SecureBoot", Bytes{0}));
  both.events.insert(both.events.begin(), off);
  EXPECT_EQ(text_at(claims_of(both), "secure_boot"), "absent");
  EventLog neither = td_event_log();
  nth(neither, kFirmware, 2)->digests[0].value[0] ^= 1;
  EXPECT_EQ(text_at(claims_of(neither), "secure_boot"), "absent");
}

TEST(TcgBootClaims, WithoutASeparatorNothingIsTheFirmwares) {
  EventLog log = td_event_log();
  nth(log, kFirmware, 7)->digests[0].value[0] ^= 1;
  const codec::Json claims = claims_of(log);
  for (const char* name : {"secure_boot", "secure_boot_keys", "firmware"}) {
    EXPECT_EQ(claims.find(name), nullptr) << name;
  }
}

// A host's file with the contents of a good list, measured by the firmware; the log shows its bytes
// and hides those of the list.
TEST(TcgBootClaims, AKeyListHasItsPlace) {
  EventLog log = td_event_log();
  const Event good = *nth(log, kFirmware, 5);
  *nth(log, kFirmware, 5) =
      td_event(kFirmware, kEvEfiVariableDriverConfig, {}, as_bytes("a bad list"));
  log.events.insert(log.events.begin(), good);
  const codec::Json keys = *claims_of(log).find("secure_boot_keys");
  EXPECT_EQ(keys.find("db"), nullptr);
  EXPECT_NE(keys.find("KEK"), nullptr);
  EXPECT_NE(keys.find("dbx"), nullptr);
  // Another owner's variable of that name is another variable.
  EventLog other = td_event_log();
  Bytes data = nth(other, kFirmware, 4)->data;
  data[0] ^= 1;
  *nth(other, kFirmware, 4) = td_event(kFirmware, kEvEfiVariableDriverConfig, data, data);
  EXPECT_EQ(claims_of(other).find("secure_boot_keys")->find("KEK"), nullptr);
  EventLog cut = td_event_log();
  *nth(cut, kFirmware, 3) = td_event(kFirmware, kEvSeparator, Bytes(4, 0), Bytes(4, 0));
  EXPECT_EQ(text_at(claims_of(cut), "secure_boot"), "on");
  EXPECT_EQ(claims_of(cut).find("secure_boot_keys"), nullptr);
}

// A bad program runs, extends the digest of a good kernel, and the log calls itself a text.
TEST(TcgBootClaims, TwoProgramsAreNoKernel) {
  EventLog log = td_event_log();
  const std::string bad = std::string("MZ") + "a program that runs first";
  log.events.insert(log.events.begin(),
                    td_event(kImages, kEvEfiAction, to_bytes(bad), as_bytes(bad)));
  const codec::Json claims = claims_of(log);
  EXPECT_EQ(claims.find("images")->items().size(), 2U);
  EXPECT_EQ(claims.find("images")->items()[0].string(), sha384_hex(as_bytes(bad)));
  for (const char* name : {"kernel", "command_line", "initrd"}) {
    EXPECT_EQ(claims.find(name), nullptr) << name;
  }
  EventLog terse = td_event_log();
  add(terse, kImages, kEvIpl, as_bytes("VZ a terse image"));
  EXPECT_EQ(claims_of(terse).find("images")->items().size(), 2U);
  EventLog partition = td_event_log();
  add(partition, kImages, kEvEfiGptEvent, as_bytes("EFI PART"));
  EXPECT_EQ(claims_of(partition).find("images")->items().size(), 1U);
  EventLog hidden = td_event_log();
  hidden.events.push_back(td_event(kImages, kEvEfiAction, {}, as_bytes(bad)));
  EXPECT_EQ(text_at(claims_of(hidden), "kernel"), "absent");
}

TEST(TcgBootClaims, TheStubMeasuresFirst) {
  EventLog log = td_event_log();
  log.events.insert(log.events.begin(), td_event(kLoader, kEvIpl, {}, as_bytes("in front")));
  EXPECT_EQ(text_at(claims_of(log), "command_line"), "absent");
  EXPECT_EQ(text_at(claims_of(log), "initrd"), "absent");
  EventLog only_initrd = td_event_log();
  std::erase_if(only_initrd.events, [](const Event& event) {
    return event.index == kLoader && read_tagged_event(event.data)->id == kTagLoadOptions;
  });
  EXPECT_EQ(text_at(claims_of(only_initrd), "initrd"), "absent");
  EventLog between = td_event_log();
  *nth(between, kLoader, 1) = td_event(kLoader, kEvIpl, nth(between, kLoader, 1)->data, {});
  EXPECT_NE(text_at(claims_of(between), "command_line"), "absent");
  EXPECT_EQ(text_at(claims_of(between), "initrd"), "absent");
  EventLog none = td_event_log();
  std::erase_if(none.events, [](const Event& event) { return event.index == kLoader; });
  EXPECT_EQ(text_at(claims_of(none), "command_line"), "absent");
}

TEST(TcgBootClaims, RuntimeEventsHaveOneValueEach) {
  EventLog log = td_event_log();
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("app-id", Bytes{1, 2}));
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("compose-hash", Bytes{3}));
  EXPECT_EQ(text_at(*claims_of(log).find("runtime"), "app-id"), "0102");
  // A container names itself as the one that the policy expects, under another type.
  add(log, kRuntime, kEvAction, write_dstack_event("compose-hash", Bytes{4}));
  const codec::Json runtime = *claims_of(log).find("runtime");
  EXPECT_EQ(text_at(runtime, "app-id"), "0102");
  EXPECT_EQ(runtime.find("compose-hash"), nullptr);
  // One event that does not show what was hashed may have been any of them.
  log.events.push_back(td_event(kRuntime, kEvDstackRuntime, {}, as_bytes("hidden")));
  EXPECT_EQ(claims_of(log).find("runtime"), nullptr);
}

TEST(TcgBootClaims, TheWorkloadNamesNothing) {
  EventLog log = td_event_log();
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("app-id", Bytes{1}));
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("system-ready", {}));
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("key-provider", Bytes{2}));
  const codec::Json runtime = *claims_of(log).find("runtime");
  EXPECT_EQ(text_at(runtime, "app-id"), "01");
  EXPECT_EQ(runtime.find("key-provider"), nullptr);
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("app-id", Bytes{2}));
  EXPECT_EQ(claims_of(log).find("runtime")->find("app-id"), nullptr);
}

TEST(TcgBootClaims, LongRuntimePayloadsAreNoClaims) {
  EventLog log = td_event_log();
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("a", Bytes(1024, 7)));
  add(log, kRuntime, kEvDstackRuntime, write_dstack_event("b", Bytes(1025, 7)));
  const codec::Json runtime = *claims_of(log).find("runtime");
  EXPECT_NE(runtime.find("a"), nullptr);
  EXPECT_EQ(runtime.find("b"), nullptr);
}

TEST(TcgBootClaims, AnAgentsLinesStandTogether) {
  EventLog log = td_event_log({.agent = {"a.example pull x", "a.example pull y"}});
  const codec::Json agent = *claims_of(log).find("agent");
  ASSERT_EQ(agent.items().size(), 2U);
  EXPECT_EQ(agent.items()[1].string(), "a.example pull y");
  EXPECT_EQ(claims_of(log).find("runtime"), nullptr);
  log.events.push_back(td_event(kRuntime, kEvEventTag, {}, as_bytes("a.example pull z")));
  EXPECT_EQ(claims_of(log).find("agent"), nullptr);
  // The agent's own first line is none of its events, and stands first.
  const std::string init = "INIT sha384/" + std::string(96, '0');
  EventLog text = parse_agent_log(as_bytes(init + "\na b c\n")).value();
  EXPECT_EQ(claims_of(text).find("agent")->items().size(), 1U);
  add(text, kRuntime, kEvEventTag, as_bytes(init));
  EXPECT_EQ(claims_of(text).find("agent"), nullptr);
}

TEST(TcgBootClaims, ChangedDataIsCounted) {
  EventLog log = td_event_log({.agent = {"a b c"}});
  for (const auto& [index, n] : std::initializer_list<std::pair<std::uint32_t, std::size_t>>{
           {kFirmware, 2}, {kFirmware, 7}, {kImages, 0}, {kRuntime, 0}}) {
    nth(log, index, n)->data.back() ^= 1;
  }
  EXPECT_EQ(claims_of(log).find("disagreeing")->integer(), 4);
}

}  // namespace
}  // namespace claustrum::evidence::tcg
