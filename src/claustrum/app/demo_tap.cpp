// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_tap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace claustrum::app {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on_loopback() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(0);
  if (fd >= 0 && (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
                  ::listen(fd, 64) != 0)) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

bool write_all(int fd, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

void append_to_file(const std::string& path, BytesView bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd >= 0) {
    (void)!::write(fd, bytes.data(), bytes.size());
    ::close(fd);
  }
}

}  // namespace

Result<std::uint16_t> free_port() {
  const int fd = listen_on_loopback();
  if (fd < 0) {
    return Error(Code::kUnavailable, "demo.port", "no free port on loopback");
  }
  const std::uint16_t port = port_of(fd);
  ::close(fd);
  return port;
}

Result<std::unique_ptr<Tap>> Tap::start(std::uint16_t port, const std::string& folder) {
  const int fd = listen_on_loopback();
  if (fd < 0) {
    return Error(Code::kUnavailable, "demo.port", "no free port on loopback");
  }
  return std::unique_ptr<Tap>(new Tap(fd, port_of(fd), port, folder));
}

Tap::Tap(int listener, std::uint16_t port, std::uint16_t target, std::string folder)
    : listener_(listener),
      port_(port),
      target_(target),
      folder_(std::move(folder)),
      start_(std::chrono::steady_clock::now()),
      acceptor_([this] { accept_loop(); }) {}

Tap::~Tap() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) {
    connection.join();
  }
  ::close(listener_);
}

void Tap::accept_loop() {
  while (!stopping_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, 100) <= 0) {
      continue;
    }
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) {
      connections_.emplace_back([this, client] { pass(client); });
    }
  }
}

void Tap::pass(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  Bytes buffer(std::size_t{64} * 1024);
  while (open && !stopping_) {
    std::array<pollfd, 2> wait = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (::poll(wait.data(), wait.size(), 100) <= 0) {
      continue;
    }
    for (int side = 0; open && side < 2; ++side) {
      if (wait[static_cast<std::size_t>(side)].revents == 0) {
        continue;
      }
      const int from = side == 0 ? client : server;
      const int to = side == 0 ? server : client;
      const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
      if (count <= 0) {
        open = false;
        break;
      }
      const BytesView piece = BytesView(buffer).first(static_cast<std::size_t>(count));
      note(side == 0, piece);
      open = write_all(to, piece);
    }
  }
  ::close(client);
  ::close(server);
}

void Tap::note(bool from_client, BytesView bytes) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start_);
  const std::lock_guard lock(mutex_);
  seen_.push_back({from_client, now.count(), bytes.size()});
  append(from_client ? up_ : down_, bytes);
  append_to_file(folder_ + (from_client ? "/up.bin" : "/down.bin"), bytes);
}

std::vector<Seen> Tap::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

Bytes Tap::bytes(bool from_client) const {
  const std::lock_guard lock(mutex_);
  return from_client ? up_ : down_;
}

}  // namespace claustrum::app
