// SPDX-License-Identifier: Apache-2.0
// Stream sockets (TCP and Unix) whose every wait has a deadline. Descriptors are non-blocking and
// close-on-exec, so that no child process inherits a connection; writes never raise SIGPIPE. Guards
// against peers that stall: a blocking read without a deadline is a thread given away for ever.
#pragma once

#include <chrono>

#include "claustrum/net/http.h"

namespace claustrum::net {

// An owned file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { close(); }

  int value() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

class Deadline {
 public:
  static Deadline after_ms(int milliseconds);
  // Whole milliseconds left, rounded up; 0 once it has passed.
  int remaining_ms() const;

 private:
  std::chrono::steady_clock::time_point at_{};
};

// Waits until poll(2) reports one of `events`, a hang-up or an error. Unavailable "net.timeout".
Status wait_for(int fd, short events, Deadline deadline);

class Socket {
 public:
  // `fd` must be non-blocking.
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}
  // Unavailable "net.connect" or "net.timeout". A host name is resolved by the C library, whose
  // own timeout applies.
  static Result<Socket> connect(const Endpoint& to, Deadline deadline);

  // At least one byte, or 0 at the peer's end of stream.
  Result<std::size_t> read_some(std::span<std::uint8_t> into, Deadline deadline);
  // Each 256 KiB get `timeout_ms`: a reader slower than that rate holds us no longer.
  Status write_all(BytesView data, int timeout_ms);
  // True once the peer closed its sending side, reset the connection, or shutdown_both() was
  // called.
  bool peer_gone() const;
  void shutdown_write();
  void shutdown_both();

 private:
  Fd fd_;
};

class Listener {
 public:
  // Conflict "net.listen" when the address is taken, unavailable "net.listen" otherwise. A Unix
  // socket file left behind by a dead process is replaced, any other file is not.
  static Result<Listener> open(const Endpoint& at, int unix_mode);
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;
  ~Listener();

  // With the port the system chose.
  const Endpoint& endpoint() const { return endpoint_; }
  int descriptor() const { return fd_.value(); }
  // The next waiting connection, or nullopt when there is none (or none can be taken now).
  std::optional<Socket> accept();

 private:
  Listener(Fd fd, Endpoint endpoint) : fd_(std::move(fd)), endpoint_(std::move(endpoint)) {}
  Fd fd_;
  Endpoint endpoint_;
};

}  // namespace claustrum::net
