// SPDX-License-Identifier: Apache-2.0
// The report device of a simulated guest, in place of configfs-tsm: one connected Unix stream
// socket between `claustrum sim run` and the workload it started. Every child of the workload must
// lose the descriptor (it is set close-on-exec here): whoever holds it can ask for evidence
// [PROTOCOL 2, no oracle].
//
// request : 64 bytes report_data
// response: u32le length, report (1184 bytes); u32le length, certificate table
#pragma once

#include <mutex>
#include <thread>

#include "claustrum/attest/core/attester.h"
#include "claustrum/simulator/amd_machine.h"

namespace claustrum::simulator {

struct ReportChannel {
  int server = -1;
  int workload = -1;  // close-on-exec: cleared between fork and exec by who starts the workload
};

Result<ReportChannel> open_report_channel();

// Answers until the peer closes. `machine` must outlive it.
class ReportServer {
 public:
  // Takes over the descriptor and starts a thread.
  ReportServer(int fd, const AmdMachine& machine, const GuestLaunch& launch);
  ~ReportServer();
  ReportServer(const ReportServer&) = delete;
  ReportServer& operator=(const ReportServer&) = delete;

 private:
  void serve();
  int fd_;
  const AmdMachine& machine_;
  GuestLaunch launch_;
  Bytes table_;
  std::thread thread_;
};

class SimAttester final : public attest::Attester {
 public:
  // Takes over the descriptor and sets it close-on-exec. Unavailable "sim.device.open".
  static Result<std::unique_ptr<SimAttester>> open(int fd);
  ~SimAttester() override;
  SimAttester(const SimAttester&) = delete;
  SimAttester& operator=(const SimAttester&) = delete;

  std::string_view platform() const override { return "amd-sev-snp"; }
  // Unavailable "sim.device.gone"; malformed "sim.device.answer".
  Result<attest::RawEvidence> collect(const ByteArray<64>& report_data) override;

 private:
  explicit SimAttester(int fd) : fd_(fd) {}
  Result<attest::RawEvidence> exchange(const ByteArray<64>& report_data);
  std::mutex mutex_;
  int fd_;
  bool broken_ = false;  // an answer was cut: what follows on the stream has no known border
};

}  // namespace claustrum::simulator
