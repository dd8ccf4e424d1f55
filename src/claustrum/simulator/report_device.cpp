// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/report_device.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"
#include "claustrum/evidence/snp/cert_table.h"

namespace claustrum::simulator {
namespace {

constexpr std::size_t kRequestLen = 64;
constexpr int kAnswerTimeoutMs = 10'000;

Error gone() {
  return Error(Code::kUnavailable, "sim.device.gone", "the simulated report device has gone");
}

Status send_all(int fd, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return gone();
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return ok_status();
}

// Exactly `size` bytes, or an error. A negative timeout waits for ever.
Result<Bytes> receive_all(int fd, std::size_t size, int timeout_ms) {
  Bytes out(size);
  std::size_t have = 0;
  while (have < size) {
    pollfd ready{fd, POLLIN, 0};
    const int polled = ::poll(&ready, 1, timeout_ms);
    if (polled < 0 && errno == EINTR) {
      continue;
    }
    if (polled <= 0) {
      return gone();
    }
    const ssize_t n = ::recv(fd, out.data() + have, size - have, 0);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return gone();
    }
    have += static_cast<std::size_t>(n);
  }
  return out;
}

Result<Bytes> receive_prefixed(int fd, std::size_t max) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes head, receive_all(fd, 4, kAnswerTimeoutMs));
  const std::uint32_t size = ByteReader(head, "length").u32le();
  if (size > max) {
    return Error(Code::kMalformed, "sim.device.answer", "an answer longer than its maximum");
  }
  return receive_all(fd, size, kAnswerTimeoutMs);
}

}  // namespace

Result<ReportChannel> open_report_channel() {
  int fds[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return Error(Code::kUnavailable, "sim.device.open", "no socket pair");
  }
  return ReportChannel{fds[0], fds[1]};
}

ReportServer::ReportServer(int fd, const AmdMachine& machine, const GuestLaunch& launch)
    : fd_(fd),
      machine_(machine),
      launch_(launch),
      table_(machine.certificate_table()),
      thread_([this] { serve(); }) {}

ReportServer::~ReportServer() {
  ::shutdown(fd_, SHUT_RDWR);
  thread_.join();
  ::close(fd_);
}

void ReportServer::serve() {
  while (true) {
    const Result<Bytes> request = receive_all(fd_, kRequestLen, -1);
    if (!request.ok()) {
      return;
    }
    const Bytes report = machine_.report(launch_, to_array<kRequestLen>(*request));
    ByteWriter answer;
    answer.u32le(static_cast<std::uint32_t>(report.size())).bytes(report);
    answer.u32le(static_cast<std::uint32_t>(table_.size())).bytes(table_);
    if (!send_all(fd_, answer.view()).ok()) {
      return;
    }
  }
}

Result<std::unique_ptr<SimAttester>> SimAttester::open(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  const bool stream =
      ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
  if (!stream || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return Error(Code::kUnavailable, "sim.device.open", "the descriptor is no stream socket");
  }
  return std::unique_ptr<SimAttester>(new SimAttester(fd));
}

SimAttester::~SimAttester() {
  ::close(fd_);
}

Result<attest::RawEvidence> SimAttester::collect(const ByteArray<64>& report_data) {
  const std::lock_guard lock(mutex_);
  if (broken_) {
    return gone();
  }
  Result<attest::RawEvidence> out = exchange(report_data);
  broken_ = !out.ok();
  return out;
}

Result<attest::RawEvidence> SimAttester::exchange(const ByteArray<64>& report_data) {
  CLAUSTRUM_TRY(send_all(fd_, report_data));
  CLAUSTRUM_TRY_ASSIGN(Bytes report, receive_prefixed(fd_, evidence::snp::kReportLen));
  CLAUSTRUM_TRY_ASSIGN(const Bytes table, receive_prefixed(fd_, evidence::snp::kMaxTableLen));
  CLAUSTRUM_TRY_ASSIGN(const std::vector<evidence::snp::TableEntry> entries,
                       evidence::snp::parse_cert_table(table));
  return attest::RawEvidence{std::string(platform()), std::move(report),
                             evidence::snp::collateral_of(entries)};
}

}  // namespace claustrum::simulator
