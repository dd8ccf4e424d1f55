// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_event_log.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/tcg/replay.h"

namespace claustrum::simulator {
namespace {

namespace tcg = evidence::tcg;

TEST(SimulatedEventLog, LeadsToTheRegistersMeasured) {
  const tcg::EventLog log = td_event_log({.agent = {"a b c"}});
  evidence::dcap::TdReportBody td;
  td.rtmr[3].fill(9);
  measure(log, td);
  const tcg::EventLog read = tcg::parse_event_log(tcg::serialize(log)).value();
  const tcg::Registers registers =
      tcg::replay(read, tcg::RegisterKind::kTdxRtmr, crypto::HashAlg::kSha384).value();
  ASSERT_EQ(registers.size(), td.rtmr.size());
  for (const auto& [number, value] : registers) {
    EXPECT_EQ(value, to_bytes(BytesView(td.rtmr.at(number))));
  }
  measure(td_event_log(), td);
  EXPECT_TRUE(all_zero(td.rtmr[3]));
}

TEST(SimulatedEventLog, EveryPartOfABootIsMeasured) {
  evidence::dcap::TdReportBody usual;
  measure(td_event_log(), usual);
  const std::pair<TdBootSpec, std::size_t> others[] = {{{.secure_boot = false}, 0},
                                                       {{.kernel = "another"}, 1},
                                                       {{.command_line = "another"}, 2},
                                                       {{.initrd = "another"}, 2},
                                                       {{.agent = {"a b c"}}, 3}};
  for (const auto& [spec, number] : others) {
    evidence::dcap::TdReportBody td;
    measure(td_event_log(spec), td);
    for (std::size_t i = 0; i < td.rtmr.size(); ++i) {
      EXPECT_EQ(td.rtmr[i] == usual.rtmr[i], i != number) << number;
    }
  }
}

}  // namespace
}  // namespace claustrum::simulator
