// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/replay.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/tcg/events.h"
#include "claustrum/evidence/tcg/test_logs.h"

namespace claustrum::evidence::tcg {
namespace {

using crypto::HashAlg;

Registers td_registers() {
  return replay(td_log(), RegisterKind::kTdxRtmr, HashAlg::kSha384).value();
}

TEST(TcgReplay, ExtendsFromZeros) {
  const Registers registers = td_registers();
  ASSERT_EQ(registers.size(), 3U);
  EXPECT_EQ(registers.at(0),
            extended(HashAlg::kSha384, {variable_data("SecureBoot", Bytes{1}), Bytes(4, 0)}));
  EXPECT_EQ(registers.at(1), extended(HashAlg::kSha384, {as_bytes("an image")}));
  EXPECT_EQ(registers.at(2), extended(HashAlg::kSha384, {as_bytes("root=/dev/vda")}));
}

TEST(TcgReplay, EveryBankIsItsOwn) {
  const auto registers = replay(tpm_log(), RegisterKind::kTpmPcr, HashAlg::kSha256);
  ASSERT_TRUE(registers.ok());
  EXPECT_EQ(registers->size(), 3U);
  EXPECT_EQ(registers->at(4), extended(HashAlg::kSha256, {as_bytes("an image")}));
}

TEST(TcgReplay, NoActionExtendsNothing) {
  EventLog log = td_log();
  add_event(log, 1, kEvNoAction, to_bytes("remark"));
  add_event(log, 99, kEvNoAction, to_bytes("on no register"));
  EXPECT_EQ(replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384).value(), td_registers());
}

TEST(TcgReplay, StartupLocalityIsWherePcr0Begins) {
  EventLog log = empty_log();
  add_event(log, 0, kEvNoAction, to_bytes(std::string_view("StartupLocality\0\x03", 17)));
  add_event(log, 0, kEvSeparator, Bytes(4, 0));
  add_event(log, 1, kEvSeparator, Bytes(4, 0));
  const Registers registers = replay(log, RegisterKind::kTpmPcr, HashAlg::kSha256).value();
  Bytes begin(32, 0);
  begin.back() = 3;
  const Bytes digest = crypto::hash(HashAlg::kSha256, Bytes(4, 0));
  EXPECT_EQ(registers.at(0), crypto::hash(HashAlg::kSha256, concat({begin, digest})));
  EXPECT_EQ(registers.at(1), extended(HashAlg::kSha256, {Bytes(4, 0)}));
  // No RTMR begins elsewhere than at zero.
  EventLog td = empty_log();
  td.events.push_back(log.events[0]);
  add_event(td, 1, kEvSeparator, Bytes(4, 0));
  EXPECT_EQ(replay(td, RegisterKind::kTdxRtmr, HashAlg::kSha384)->at(0),
            extended(HashAlg::kSha384, {Bytes(4, 0)}));
}

TEST(TcgReplay, DynamicPcrsBeginWithOnes) {
  EventLog log = empty_log();
  for (const std::uint32_t pcr : {16U, 17U, 22U, 23U}) {
    add_event(log, pcr, kEvSeparator, Bytes(4, 0));
  }
  const Registers registers = replay(log, RegisterKind::kTpmPcr, HashAlg::kSha256).value();
  const Bytes digest = crypto::hash(HashAlg::kSha256, Bytes(4, 0));
  const Bytes ones = crypto::hash(HashAlg::kSha256, concat({Bytes(32, 0xff), digest}));
  const Bytes zeros = crypto::hash(HashAlg::kSha256, concat({Bytes(32, 0), digest}));
  EXPECT_EQ(registers.at(16), zeros);
  EXPECT_EQ(registers.at(17), ones);
  EXPECT_EQ(registers.at(22), ones);
  EXPECT_EQ(registers.at(23), zeros);
}

TEST(TcgReplay, RefusesRegistersThatCannotBeExtended) {
  const std::pair<RegisterKind, std::uint32_t> faults[] = {{RegisterKind::kTdxRtmr, 0},
                                                           {RegisterKind::kTdxRtmr, 5},
                                                           {RegisterKind::kTdxRtmr, 0xffffffff},
                                                           {RegisterKind::kTpmPcr, 24}};
  for (const auto& [kind, index] : faults) {
    EventLog log = empty_log();
    add_event(log, index, kEvSeparator, Bytes(4, 0));
    const auto registers = replay(log, kind, HashAlg::kSha384);
    ASSERT_FALSE(registers.ok());
    EXPECT_EQ(registers.error().code(), Code::kMismatch);
    EXPECT_EQ(registers.error().reason(), "tcg.register_index");
    EXPECT_FALSE(prove_log(log, kind, HashAlg::kSha384, {}).ok());
  }
}

TEST(TcgReplay, RefusesAnEventWithoutADigestOfTheBank) {
  EventLog log = td_log();
  log.events[1].digests.pop_back();
  const auto registers = replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384);
  ASSERT_FALSE(registers.ok());
  EXPECT_EQ(registers.error().reason(), "tcg.digest_missing");
  EXPECT_TRUE(replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha256).ok());
  EXPECT_FALSE(replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha512).ok());
}

TEST(TcgProve, SignedRegistersProveTheirEvents) {
  const ProvenLog proven =
      prove_log(td_log(), RegisterKind::kTdxRtmr, HashAlg::kSha384, td_registers()).value();
  EXPECT_EQ(proven.proven(), (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(proven.differing().empty());
  ASSERT_EQ(proven.events().size(), 4U);
  EXPECT_EQ(proven.events()[2].number, 1U);
  EXPECT_EQ(proven.events()[2].digest, crypto::hash(HashAlg::kSha384, as_bytes("an image")));
}

TEST(TcgProve, ARegisterThatDiffersProvesNothing) {
  for (const bool absent : {false, true}) {
    Registers quoted = td_registers();
    if (absent) {
      quoted.erase(0);
    } else {
      quoted.at(0)[47] ^= 1;
    }
    const ProvenLog proven =
        prove_log(td_log(), RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted).value();
    EXPECT_EQ(proven.proven(), (std::set<std::uint32_t>{1, 2}));
    EXPECT_EQ(proven.differing(), (std::set<std::uint32_t>{0}));
    for (const ProvenEvent& event : proven.events()) {
      EXPECT_NE(event.number, 0U);
    }
  }
}

TEST(TcgProve, NoChangeToADigestGoesUnseen) {
  const Registers quoted = td_registers();
  for (std::size_t at = 0; at < td_log().events.size(); ++at) {
    for (std::size_t bit = 0; bit < 384; ++bit) {
      EventLog log = td_log();
      log.events[at].digests[1].value[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      const ProvenLog proven =
          prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted).value();
      ASSERT_EQ(proven.differing().size(), 1U);
    }
  }
  EventLog swapped = td_log();
  std::swap(swapped.events[0], swapped.events[1]);
  EventLog dropped = td_log();
  dropped.events.erase(dropped.events.begin());
  for (const EventLog& log : {swapped, dropped}) {
    EXPECT_EQ(prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted)->differing(),
              (std::set<std::uint32_t>{0}));
  }
}

std::filesystem::path evidence_folder() {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const bool given = shared != nullptr && *shared != '\0';
  return std::filesystem::path(given ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") / "evidence";
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

// PCR 10 is the kernel's, which writes its own log.
Registers quoted_pcrs(const codec::Json& quote) {
  Registers out;
  for (const auto& [number, value] : quote.find("pcrs")->members()) {
    out[static_cast<std::uint32_t>(std::stoul(number))] = codec::hex_decode(value.string()).value();
  }
  return out;
}

void check_real_log(const EventLog& log, const codec::Json& quote, HashAlg alg) {
  const ProvenLog proven = prove_log(log, RegisterKind::kTpmPcr, alg, quoted_pcrs(quote)).value();
  EXPECT_TRUE(proven.differing().empty());
  EXPECT_EQ(proven.proven(), (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  std::size_t commands = 0;
  bool secure_boot = false;
  for (const ProvenEvent& event : proven.events()) {
    const NamedEvent named = name_event(event, alg);
    commands += named.number == 8 && named.covers == Covers::kText ? 1 : 0;
    secure_boot = secure_boot || (named.variable && named.variable->name == "SecureBoot" &&
                                  named.variable->value == Bytes{1});
  }
  EXPECT_GT(commands, 10U);
  EXPECT_TRUE(secure_boot);
}

TEST(TcgReplay, RealLogsLeadToTheirQuotedPcrs) {
  std::size_t count = 0;
  std::error_code missing;
  codec::JsonLimits limits;
  limits.numbers = codec::JsonNumbers::kAny;
  for (const auto& entry : std::filesystem::directory_iterator(evidence_folder(), missing)) {
    const auto event_log = entry.path() / "event_log.bin";
    if (!std::filesystem::exists(event_log, missing)) {
      continue;
    }
    SCOPED_TRACE(entry.path().filename().string());
    const Result<EventLog> log = parse_event_log(read_file(event_log));
    ASSERT_TRUE(log.ok()) << log.error().message();
    const auto file = codec::parse_json(read_file(entry.path() / "case.json"), limits);
    for (const codec::Json& quote : file->find("claims")->find("quotes")->items()) {
      const std::string bank = quote.string_at("bank").value();
      if (bank == "sha256" || bank == "sha384") {
        check_real_log(*log, quote, bank == "sha256" ? HashAlg::kSha256 : HashAlg::kSha384);
        ++count;
      }
    }
  }
  if (count == 0) {
    GTEST_SKIP() << "no evidence beside the tree";
  }
  std::cout << "TCG: " << count << " real banks replayed\n";
}

}  // namespace
}  // namespace claustrum::evidence::tcg
