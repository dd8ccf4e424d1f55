// SPDX-License-Identifier: Apache-2.0
// Accepting connections, one bounded thread each. Guards against ways to be stopped from outside:
// connections that never finish a request (the oldest makes room for a new one), too many that are
// being answered (503, silence beyond that), and connections that will not end (stop() shuts every
// socket down, which wakes every wait).
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "claustrum/base/guard.h"
#include "claustrum/net/connection.h"

namespace claustrum::net {
namespace {

// Threads that only say 503; connections beyond these are closed unanswered.
constexpr std::size_t kMaxRefusals = 16;
// Threads of connections that had to make room and have not ended yet.
constexpr std::size_t kMaxLeaving = 64;

struct Connection {
  explicit Connection(Socket s) : socket(std::move(s)) {}
  Socket socket;
  std::thread thread;
  std::atomic<bool> done = false;
  std::atomic<bool> answering = false;
  bool refusal = false;
  bool leaving = false;
};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions o, Handler h, Listener l)
      : listener(std::move(l)),
        bound(listener->endpoint()),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    shared.options = std::move(o);
    shared.handler = std::move(h);
  }

  void run();
  void take(Socket socket);
  bool has_room();
  void reap();
  void signal();
  void stop();

  ServerState shared;
  std::optional<Listener> listener;
  Endpoint bound;
  Fd wake;
  std::mutex stop_mutex;
  std::thread acceptor;
  // Touched by the acceptor's thread only, and by stop() once that was joined.
  std::list<Connection> connections;
};

void Server::Impl::signal() {
  const std::uint64_t one = 1;
  // A full counter has woken its reader already.
  [[maybe_unused]] const ssize_t put = ::write(wake.value(), &one, sizeof(one));
}

void Server::Impl::reap() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake.value(), &count, sizeof(count));
  for (auto at = connections.begin(); at != connections.end();) {
    if (at->done.load()) {
      at->thread.join();
      at = connections.erase(at);
    } else {
      ++at;
    }
  }
}

bool Server::Impl::has_room() {
  const auto leaving = static_cast<std::size_t>(std::count_if(
      connections.begin(), connections.end(), [](const Connection& c) { return c.leaving; }));
  const auto refusals = static_cast<std::size_t>(std::count_if(
      connections.begin(), connections.end(), [](const Connection& c) { return c.refusal; }));
  if (connections.size() - refusals - leaving < shared.options.max_connections) {
    return true;
  }
  if (leaving >= kMaxLeaving) {
    return false;
  }
  // The oldest come first. One that was just answered and waits for its client's next request may
  // be hit too: HTTP clients expect that of an idle connection.
  for (Connection& connection : connections) {
    if (!connection.refusal && !connection.leaving && !connection.answering.load()) {
      connection.leaving = true;
      connection.socket.shutdown_both();
      return true;
    }
  }
  return false;
}

void Server::Impl::take(Socket socket) {
  const auto refusals = static_cast<std::size_t>(std::count_if(
      connections.begin(), connections.end(), [](const Connection& c) { return c.refusal; }));
  const bool room = CLAUSTRUM_GUARD("net.max_connections", has_room());
  if (!room && refusals >= kMaxRefusals) {
    return;
  }
  Connection& added = connections.emplace_back(std::move(socket));
  added.refusal = !room;
  try {
    added.thread = std::thread([this, &added] {
      if (added.refusal) {
        refuse_connection(added.socket);
      } else {
        serve_connection(added.socket, shared, added.answering);
      }
      added.done.store(true);
      signal();
    });
  } catch (const std::system_error&) {  // no thread to be had: as good as one connection too many
    connections.pop_back();
  }
}

void Server::Impl::run() {
  while (!shared.stopping.load()) {
    std::array<pollfd, 2> entries{pollfd{listener->descriptor(), POLLIN, 0},
                                  pollfd{wake.value(), POLLIN, 0}};
    ::poll(entries.data(), entries.size(), -1);
    reap();
    if (shared.stopping.load() || (entries[0].revents & POLLIN) == 0) {
      continue;
    }
    if (std::optional<Socket> socket = listener->accept()) {
      take(std::move(*socket));
    } else {
      ::poll(nullptr, 0, 5);  // out of descriptors: do not spin
    }
  }
}

void Server::Impl::stop() {
  const std::lock_guard lock(stop_mutex);
  shared.stopping.store(true);
  signal();
  if (acceptor.joinable()) {
    acceptor.join();
  }
  listener.reset();
  for (Connection& connection : connections) {
    connection.socket.shutdown_both();
  }
  for (Connection& connection : connections) {
    connection.thread.join();
  }
  connections.clear();
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  CLAUSTRUM_TRY_ASSIGN(Listener listener, Listener::open(options.endpoint, options.unix_mode));
  auto impl = std::make_unique<Impl>(options, std::move(handler), std::move(listener));
  if (!impl->wake.valid()) {
    return Error(Code::kUnavailable, "net.listen", "no event descriptor to be had");
  }
  Impl* running = impl.get();
  auto server = std::make_unique<Server>(std::move(impl));
  try {
    running->acceptor = std::thread([running] { running->run(); });
  } catch (const std::system_error&) {
    return Error(Code::kUnavailable, "net.listen", "no thread to be had");
  }
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Endpoint Server::endpoint() const {
  return impl_->bound;
}

void Server::stop() {
  impl_->stop();
}

}  // namespace claustrum::net
