// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/service_loop.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "claustrum/app/files.h"

namespace claustrum::app {

sigset_t stop_signals() {
  sigset_t signals;
  (void)sigemptyset(&signals);
  (void)sigaddset(&signals, SIGTERM);
  (void)sigaddset(&signals, SIGINT);
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) != 0 || hangup.sa_handler != SIG_IGN) {
    (void)sigaddset(&signals, SIGHUP);
  }
  return signals;
}

void block_stop_signals() {
  const sigset_t signals = stop_signals();
  (void)::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void forbid_core_dumps() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
}

void harden_process() {
  forbid_core_dumps();
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

Result<int> serve_until_stopped(const std::vector<std::string>& listen,
                                const std::string& ready_file, Log& log, net::Handler handler,
                                net::Admit admit) {
  harden_process();
  std::vector<std::unique_ptr<net::Server>> servers;
  for (const std::string& address : listen) {
    net::ServerOptions options;
    options.admit = admit;
    CLAUSTRUM_TRY_ASSIGN(options.endpoint, net::Endpoint::parse(address));
    CLAUSTRUM_TRY_ASSIGN(std::unique_ptr<net::Server> server, net::Server::start(options, handler));
    log.event("service.listening", {{"port", server->endpoint().port}});
    servers.push_back(std::move(server));
  }
  if (!ready_file.empty()) {
    CLAUSTRUM_TRY(write_file(ready_file, as_bytes(servers.front()->endpoint().text() + "\n")));
  }
  const sigset_t signals = stop_signals();
  int signal = 0;
  (void)::sigwait(&signals, &signal);
  log.event("service.stopping");
  servers.clear();  // each stops and joins
  return 0;
}

}  // namespace claustrum::app
