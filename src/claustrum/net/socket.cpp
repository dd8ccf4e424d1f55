// SPDX-License-Identifier: Apache-2.0
// Reading, writing and waiting on one connected socket [POSIX 2017 poll, send, recv]. See
// address.cpp for how sockets come to be.
#include "claustrum/net/socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace claustrum::net {
namespace {

constexpr std::size_t kWriteSlice = 256 * 1024;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Deadline Deadline::after_ms(int milliseconds) {
  Deadline out;
  out.at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return out;
}

int Deadline::remaining_ms() const {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now()).count();
  return left <= 0 ? 0 : static_cast<int>(std::min<std::int64_t>(left, 1'000'000'000));
}

Status wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const int left = deadline.remaining_ms();
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, left);
    if (ready > 0) {
      return ok_status();
    }
    if (ready == 0) {
      return Error(Code::kUnavailable, "net.timeout", "no progress before the deadline");
    }
    if (errno != EINTR) {
      return Error(Code::kInternal, "net.poll", "poll failed");
    }
  }
}

Result<std::size_t> Socket::read_some(std::span<std::uint8_t> into, Deadline deadline) {
  for (;;) {
    const ssize_t got = ::recv(fd_.value(), into.data(), into.size(), 0);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (would_block()) {
      CLAUSTRUM_TRY(wait_for(fd_.value(), POLLIN, deadline));
    } else if (errno != EINTR) {
      return Error(Code::kUnavailable, "net.peer_gone", "the connection broke while reading");
    }
  }
}

Status Socket::write_all(BytesView data, int timeout_ms) {
  Deadline deadline = Deadline::after_ms(timeout_ms);
  std::size_t in_slice = 0;
  while (!data.empty()) {
    const std::size_t want = std::min(data.size(), kWriteSlice);
    // MSG_NOSIGNAL: a closed peer is an error value, not a signal that ends the process.
    const ssize_t put = ::send(fd_.value(), data.data(), want, MSG_NOSIGNAL);
    if (put >= 0) {
      data = data.subspan(static_cast<std::size_t>(put));
      in_slice += static_cast<std::size_t>(put);
      if (in_slice >= kWriteSlice) {
        in_slice = 0;
        deadline = Deadline::after_ms(timeout_ms);
      }
    } else if (would_block()) {
      CLAUSTRUM_TRY(wait_for(fd_.value(), POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Error(Code::kUnavailable, "net.peer_gone", "the peer closed the connection");
    }
  }
  return ok_status();
}

bool Socket::peer_gone() const {
  pollfd entry{fd_.value(), POLLRDHUP, 0};
  const int ready = ::poll(&entry, 1, 0);
  return ready > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Socket::shutdown_write() {
  ::shutdown(fd_.value(), SHUT_WR);
}

void Socket::shutdown_both() {
  ::shutdown(fd_.value(), SHUT_RDWR);
}

}  // namespace claustrum::net
