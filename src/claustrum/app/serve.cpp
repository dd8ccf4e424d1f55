// SPDX-License-Identifier: Apache-2.0
// `claustrum serve`: the workload inside a TEE. It checks its init-data against its own evidence,
// gets its keys from the pinned broker, opens the sealed model, jails the engine and answers.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/launch.h"
#include "claustrum/app/service_loop.h"
#include "claustrum/gateway/server/service.h"

namespace claustrum::app {

namespace {

struct Options {
  LaunchFiles files;
  std::string listen = "http://127.0.0.1:0";
  std::string ready_file;
};

document::EvidenceDocument document_sections(const Launched& launched) {
  document::EvidenceDocument out;
  out.role = launched.config.role;
  out.init_data = launched.init_data.raw;
  out.model = launched.manifest;
  if (!launched.software.empty()) {
    out.software = launched.software;
  }
  out.proofs = launched.proofs;
  return out;
}

gateway::ServiceOptions service_options(const Launched& launched) {
  gateway::ServiceOptions out;
  out.engine_profile = launched.config.engine.profile;
  out.engine = launched.engine->endpoint();
  out.tick_ms = static_cast<int>(launched.config.serve.tick_ms);
  out.block = static_cast<std::size_t>(launched.config.serve.block);
  out.init_data = crypto::sha256(launched.init_data.raw);
  out.manifest = crypto::sha256(launched.manifest);
  if (!launched.software.empty()) {
    out.software = crypto::sha256(launched.software);
  }
  out.release_policy = launched.release_policy;
  return out;
}

// An engine that ended does not come back by itself: its service ends with it, so that whoever
// started this starts a whole one, and no client is told "verified" by a service that cannot
// answer.
class EngineWatch {
 public:
  explicit EngineWatch(gateway::EngineProcess& engine)
      : thread_([this, &engine](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            if (!engine.alive()) {
              gone_.store(true);
              (void)::kill(::getpid(), SIGTERM);  // taken by serve_until_stopped
              return;
            }
            std::this_thread::sleep_for(kPause);
          }
        }) {}
  bool gone() const { return gone_.load(); }

 private:
  static constexpr std::chrono::milliseconds kPause{200};
  std::atomic<bool> gone_ = false;
  std::jthread thread_;
};

Result<int> run(const Options& options) {
  block_stop_signals();
  harden_process();
  FdLog log(2);
  SystemClock clock;
  CLAUSTRUM_TRY_ASSIGN(Launched launched, launch(options.files, log));
  gateway::KeyRing keys(launched.config.service, std::move(*launched.identity),
                        launched.config.serve.key_life_seconds, clock);
  gateway::EvidenceDesk desk(*launched.attester, document_sections(launched),
                             [&keys] { return keys.keys_section(); }, {});
  gateway::Service service(service_options(launched), keys, desk, clock, log);
  const EngineWatch watch(*launched.engine);
  CLAUSTRUM_TRY_ASSIGN(const int code,
                       serve_until_stopped(
                           {options.listen}, options.ready_file, log,
                           [&](const net::Request& request, net::ResponseWriter& out) {
                             service.handle(request, out);
                           },
                           [&](const net::Request& head) { return service.admit(head); }));
  if (watch.gone()) {
    return Error(Code::kUnavailable, "serve.engine_gone",
                 "the model engine ended; start this service again");
  }
  return code;
}

}  // namespace

void add_serve(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("serve", "Inside a TEE: serve a sealed model to attesting clients");
  LaunchFiles& files = options->files;
  command->add_option("--init-data", files.init_data, "init-data this guest was launched with")
      ->required();
  command->add_option("--sealed", files.sealed, "folder of the sealed model")->required();
  command->add_option("--engine", files.engine, "engine executable")->required();
  command->add_option("--libraries", files.libraries, "folder of the engine's libraries")
      ->required();
  command->add_option("--software", files.software, "ledger entry of this release");
  command->add_option("--proofs", files.proofs, "offline ledger proofs (JSON)");
  command->add_option("--listen", options->listen, "http://HOST:PORT or unix:PATH")
      ->capture_default_str();
  command->add_option("--ready-file", options->ready_file,
                      "written with the address once listening");
  command->footer(
      "These files come from the host and are checked: behaviour is fixed by init-data alone.\n"
      "Without hardware: claustrum sim run --authority DIR --init-data F -- claustrum serve ...");
  command->callback([&chosen, options] {
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code : report(code.error());
    };
  });
}

}  // namespace claustrum::app
