// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/report_device.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "claustrum/base/writer.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

ByteArray<64> filled(std::uint8_t value) {
  ByteArray<64> out{};
  out.fill(value);
  return out;
}

// An attester whose device answers with exactly these bytes and then hangs up.
std::string reason_when_answered(BytesView answer) {
  const ReportChannel channel = open_report_channel().value();
  const auto attester = SimAttester::open(channel.workload).value();
  EXPECT_EQ(::send(channel.server, answer.data(), answer.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(answer.size()));
  ::shutdown(channel.server, SHUT_WR);
  const auto evidence = attester->collect(filled(1));
  ::close(channel.server);
  return evidence.ok() ? "ok" : std::string(evidence.error().reason());
}

TEST(SimDevice, AnswersWithVerifiableEvidence) {
  const AmdMachine machine = sim_machine(sim_authority());
  const ReportChannel channel = open_report_channel().value();
  GuestLaunch launch;
  launch.measurement.fill(9);
  const ReportServer server(channel.server, machine, launch);
  const auto attester = SimAttester::open(channel.workload).value();
  EXPECT_EQ(attester->platform(), "amd-sev-snp");
  for (std::uint8_t i = 0; i < 3; ++i) {
    const auto evidence = attester->collect(filled(i));
    ASSERT_TRUE(evidence.ok());
    EXPECT_EQ(evidence->collateral, machine.collateral());
    const evidence::Verification v =
        sim_verify(evidence->evidence, evidence->collateral, {sim_authority().root()});
    ASSERT_TRUE(v.claims.has_value());
    EXPECT_EQ((*v.claims)->report_data, Bytes(64, i));
    EXPECT_EQ((*v.claims)->measurements.at("measurement"), Bytes(48, 9));
  }
}

TEST(SimDevice, ManyThreadsShareOneChannel) {
  const AmdMachine machine = sim_machine(sim_authority());
  const ReportChannel channel = open_report_channel().value();
  const ReportServer server(channel.server, machine, {});
  const auto attester = SimAttester::open(channel.workload).value();
  std::vector<std::thread> threads;
  for (std::uint8_t i = 0; i < 4; ++i) {
    threads.emplace_back([&attester, i] {
      for (int round = 0; round < 5; ++round) {
        const auto evidence = attester->collect(filled(i));
        ASSERT_TRUE(evidence.ok());
        const auto report = evidence::snp::parse_report(evidence->evidence);
        EXPECT_EQ(report->report_data, filled(i));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(SimDevice, DescriptorsDoNotReachChildren) {
  const ReportChannel channel = open_report_channel().value();
  EXPECT_NE(::fcntl(channel.workload, F_GETFD) & FD_CLOEXEC, 0);
  ::fcntl(channel.workload, F_SETFD, 0);
  const auto attester = SimAttester::open(channel.workload).value();
  EXPECT_NE(::fcntl(channel.workload, F_GETFD) & FD_CLOEXEC, 0);
  ::close(channel.server);
}

TEST(SimDevice, RefusesDescriptorsThatAreNoSocket) {
  EXPECT_EQ(SimAttester::open(-1).error().reason(), "sim.device.open");
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(SimAttester::open(file).error().reason(), "sim.device.open");
  ::close(file);
}

TEST(SimDevice, AVanishedDeviceIsUnavailableForGood) {
  const ReportChannel channel = open_report_channel().value();
  const auto attester = SimAttester::open(channel.workload).value();
  ::close(channel.server);
  for (int i = 0; i < 2; ++i) {
    const auto evidence = attester->collect(filled(1));
    ASSERT_FALSE(evidence.ok());
    EXPECT_EQ(evidence.error().reason(), "sim.device.gone");
    EXPECT_EQ(evidence.error().code(), Code::kUnavailable);
  }
}

TEST(SimDevice, CutAndOversizedAnswersFail) {
  ByteWriter good;
  good.u32le(3).zeros(3).u32le(0);
  EXPECT_EQ(reason_when_answered(good.view()), "ok");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(reason_when_answered(BytesView(good.view()).first(size)), "sim.device.gone");
  }
  ByteWriter large;
  large.u32le(0xFFFFFFFF);
  EXPECT_EQ(reason_when_answered(large.view()), "sim.device.answer");
  ByteWriter table;
  table.u32le(0).u32le(4).zeros(4);
  EXPECT_EQ(reason_when_answered(table.view()), "snp.table.layout");
}

}  // namespace
}  // namespace claustrum::simulator
