// SPDX-License-Identifier: Apache-2.0
// From an Endpoint to a connected or listening socket. Unix sockets are created with their final
// permissions: a window in which another user could connect would undo the 0600 promise
// [PROTOCOL 7, the local side].
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "claustrum/net/socket.h"

namespace claustrum::net {
namespace {

constexpr int kBacklog = 128;
constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family = AF_UNSPEC;
  const sockaddr* generic() const {
    // The sockets API is defined in terms of this cast.
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address unix_address(const std::string& path) {
  sockaddr_un plain{};
  plain.sun_family = AF_UNIX;
  CLAUSTRUM_CHECK(path.size() < sizeof(plain.sun_path));
  std::memcpy(plain.sun_path, path.data(), path.size());
  Address out;
  std::memcpy(&out.storage, &plain, sizeof(plain));
  out.length = sizeof(plain);
  out.family = AF_UNIX;
  return out;
}

// At most eight addresses of a host; a Unix path has exactly one.
Result<std::vector<Address>> addresses_of(const Endpoint& endpoint, bool passive) {
  if (endpoint.kind == Endpoint::Kind::kUnix) {
    if (endpoint.path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Error(Code::kMalformed, "net.endpoint", "Unix socket path too long");
    }
    return std::vector<Address>{unix_address(endpoint.path)};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  if (::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found) != 0) {
    return Error(Code::kUnavailable, "net.resolve", "host name not found");
  }
  std::vector<Address> out;
  for (const addrinfo* at = found; at != nullptr && out.size() < 8; at = at->ai_next) {
    Address address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.length = at->ai_addrlen;
    address.family = at->ai_family;
    out.push_back(address);
  }
  ::freeaddrinfo(found);
  return out;
}

void set_flag(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof(on));
}

Result<Socket> connect_one(const Address& address, Deadline deadline) {
  Fd fd(::socket(address.family, kSocketFlags, 0));
  if (!fd.valid()) {
    return Error(Code::kUnavailable, "net.connect", "no socket to be had");
  }
  while (::connect(fd.value(), address.generic(), address.length) != 0) {
    if (errno == EINPROGRESS) {
      CLAUSTRUM_TRY(wait_for(fd.value(), POLLOUT, deadline));
      int fault = 0;
      socklen_t size = sizeof(fault);
      ::getsockopt(fd.value(), SOL_SOCKET, SO_ERROR, &fault, &size);
      if (fault != 0) {
        return Error(Code::kUnavailable, "net.connect", "connection refused or unreachable");
      }
      break;
    }
    // A Unix socket whose queue is full says EAGAIN; there is nothing to poll for.
    if (errno != EAGAIN && errno != EINTR) {
      return Error(Code::kUnavailable, "net.connect", "connection refused or unreachable");
    }
    if (deadline.remaining_ms() == 0) {
      return Error(Code::kUnavailable, "net.timeout", "the listener's queue stayed full");
    }
    ::poll(nullptr, 0, 5);
  }
  if (address.family != AF_UNIX) {
    set_flag(fd.value(), IPPROTO_TCP, TCP_NODELAY);
  }
  return Socket(std::move(fd));
}

bool is_dead_socket(const Endpoint& at) {
  struct stat info {};
  if (::lstat(at.path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return false;
  }
  return !Socket::connect(at, Deadline::after_ms(200)).ok();
}

Endpoint bound_endpoint(const Endpoint& asked, int fd) {
  Endpoint out = asked;
  Address address;
  address.length = sizeof(address.storage);
  if (asked.kind == Endpoint::Kind::kTcp &&
      ::getsockname(fd, address.generic(), &address.length) == 0) {
    std::array<char, 8> port{};
    if (::getnameinfo(address.generic(), address.length, nullptr, 0, port.data(), port.size(),
                      NI_NUMERICSERV) == 0) {
      out.port = static_cast<std::uint16_t>(std::strtoul(port.data(), nullptr, 10));
    }
  }
  return out;
}

}  // namespace

Result<Socket> Socket::connect(const Endpoint& to, Deadline deadline) {
  CLAUSTRUM_TRY_ASSIGN(const auto addresses, addresses_of(to, false));
  Error last(Code::kUnavailable, "net.connect", "no address");
  for (const Address& address : addresses) {
    Result<Socket> made = connect_one(address, deadline);
    if (made.ok()) {
      return made;
    }
    last = std::move(made).error();
  }
  return last;
}

Result<Listener> Listener::open(const Endpoint& at, int unix_mode) {
  CLAUSTRUM_TRY_ASSIGN(const auto addresses, addresses_of(at, true));
  if (addresses.empty()) {
    return Error(Code::kUnavailable, "net.listen", "no address");
  }
  const Address& address = addresses.front();
  Fd fd(::socket(address.family, kSocketFlags, 0));
  if (!fd.valid()) {
    return Error(Code::kUnavailable, "net.listen", "no socket to be had");
  }
  const bool is_unix = at.kind == Endpoint::Kind::kUnix;
  if (is_unix) {
    if (is_dead_socket(at)) {
      ::unlink(at.path.c_str());
    }
    // On Linux the mode of the unbound socket becomes, under the umask, that of the new file.
    ::fchmod(fd.value(), static_cast<mode_t>(unix_mode));
  } else {
    set_flag(fd.value(), SOL_SOCKET, SO_REUSEADDR);
  }
  if (::bind(fd.value(), address.generic(), address.length) != 0) {
    const Code code = errno == EADDRINUSE ? Code::kConflict : Code::kUnavailable;
    return Error(code, "net.listen", "cannot bind " + at.text());
  }
  if (is_unix && ::chmod(at.path.c_str(), static_cast<mode_t>(unix_mode)) != 0) {
    return Error(Code::kUnavailable, "net.listen", "cannot set the socket's mode");
  }
  if (::listen(fd.value(), kBacklog) != 0) {
    return Error(Code::kUnavailable, "net.listen", "cannot listen on " + at.text());
  }
  Endpoint bound = bound_endpoint(at, fd.value());
  return Listener(std::move(fd), std::move(bound));
}

Listener::~Listener() {
  if (fd_.valid() && endpoint_.kind == Endpoint::Kind::kUnix) {
    ::unlink(endpoint_.path.c_str());
  }
}

std::optional<Socket> Listener::accept() {
  Fd fd(::accept4(fd_.value(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) {
    return std::nullopt;
  }
  if (endpoint_.kind == Endpoint::Kind::kTcp) {
    set_flag(fd.value(), IPPROTO_TCP, TCP_NODELAY);
  }
  return Socket(std::move(fd));
}

}  // namespace claustrum::net
