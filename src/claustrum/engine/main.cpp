// SPDX-License-Identifier: Apache-2.0
// claustrum-engine: one model on one Unix socket. It is started by `claustrum serve` as a child
// that is trusted with plaintext and with nothing else: no network, no environment, no standard
// input, no core dumps, no new privileges, and no word about content on any descriptor. The socket
// appears once the model is loaded, so that its presence means readiness.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <thread>

#include "claustrum/base/log.h"
#include "claustrum/engine/llm.h"
#include "claustrum/engine/sandbox.h"
#include "claustrum/engine/service.h"

namespace claustrum::engine {
namespace {

constexpr const char* kUsage =
    "usage: claustrum-engine --model FILE --socket PATH --backends DIR\n"
    "         [--threads N] [--context N] [--parallel 1] [--model-name NAME]\n"
    "         [--max-waiting N]\n"
    "Serves one GGUF model with an OpenAI-shaped API on a Unix socket: GET /health,\n"
    "GET /v1/models, POST /v1/chat/completions, POST /v1/completions.\n"
    "FILE may be /proc/self/fd/N of an inherited descriptor; DIR holds libggml-cpu-*.so.\n"
    "--context 0 takes the model's own window, at most 4096 tokens.\n"
    "Example: claustrum-engine --model tiny.gguf --socket /tmp/e.sock --backends engine/lib\n";

struct Arguments {
  LlmOptions llm;
  Service::Options service;
  std::string socket;
  bool help = false;
};

Result<int> number(const std::string& text, int low, int high) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < low || value > high) {
    return Error(Code::kMalformed, "engine.usage", "a number is out of range");
  }
  return value;
}

Status set_option(Arguments& out, std::string_view name, const std::string& value) {
  if (name == "--model") {
    out.llm.model_path = value;
  } else if (name == "--socket") {
    out.socket = value;
  } else if (name == "--backends") {
    out.llm.backends_dir = value;
  } else if (name == "--model-name") {
    out.service.model = value;
  } else if (name == "--threads") {
    CLAUSTRUM_TRY_ASSIGN(out.llm.threads, number(value, 1, 512));
  } else if (name == "--context") {
    CLAUSTRUM_TRY_ASSIGN(out.llm.context, number(value, 0, 1 << 20));
  } else if (name == "--max-waiting") {
    CLAUSTRUM_TRY_ASSIGN(const int waiting, number(value, 0, 128));
    out.service.max_waiting = static_cast<std::size_t>(waiting);
  } else if (name == "--parallel") {
    CLAUSTRUM_TRY(number(value, 1, 1));
  } else {
    return Error(Code::kMalformed, "engine.usage", "unknown option");
  }
  return ok_status();
}

Result<Arguments> parse_arguments(int argc, char** argv) {
  Arguments out;
  const unsigned cores = std::thread::hardware_concurrency();
  out.llm.threads = cores == 0 ? 1 : static_cast<int>(cores);
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--help") {
      out.help = true;
      return out;
    }
    if (i + 1 == argc) {
      return Error(Code::kMalformed, "engine.usage", "an option lacks its value");
    }
    CLAUSTRUM_TRY(set_option(out, name, argv[++i]));
  }
  if (out.llm.model_path.empty() || out.socket.empty() || out.llm.backends_dir.empty()) {
    return Error(Code::kMalformed, "engine.usage", "--model, --socket and --backends are needed");
  }
  return out;
}

// A standard input that is at its end, also where there is no /dev/null.
bool empty_stdin() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return false;
  }
  ::close(ends[1]);
  const bool moved = ::dup2(ends[0], STDIN_FILENO) == STDIN_FILENO;
  if (ends[0] != STDIN_FILENO) {
    ::close(ends[0]);
  }
  return moved;
}

// Each step must hold: a prompt must not reach a core file, another process or a set-uid program.
Status harden() {
  const Error failed(Code::kInternal, "engine.harden", "the process could not be hardened");
  const rlimit no_core{0, 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !empty_stdin()) {
    return failed;
  }
  ::umask(0077);
  // Variables could name further backends to load (GGML_BACKEND_PATH) or tune what is measured.
  if (::clearenv() != 0) {
    return failed;
  }
  // Freed memory is overwritten: parsed requests and answers pass through many small strings.
  if (::mallopt(M_PERTURB, 0xa5) != 1) {
    return failed;
  }
  return enter_sandbox();
}

Status run(const Arguments& arguments, Log& log) {
  // Blocked before any thread exists, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<Llm> llm, Llm::load(arguments.llm));
  const SystemClock clock;
  Service service(arguments.service, *llm, clock);
  net::ServerOptions options;
  options.endpoint.kind = net::Endpoint::Kind::kUnix;
  options.endpoint.path = arguments.socket;
  options.max_connections = 64;
  options.max_body_bytes = kMaxRequestBytes;
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<net::Server> server,
                       net::Server::start(options, [&service](const net::Request& request,
                                                              net::ResponseWriter& writer) {
                         service.handle(request, writer);
                       }));
  log.event("engine.ready", {{"context", llm->context()}, {"threads", arguments.llm.threads}});
  int signal = 0;
  ::sigwait(&signals, &signal);
  service.stop();
  server->stop();
  log.event("engine.stopped");
  return ok_status();
}

int main_of(int argc, char** argv) {
  const Result<Arguments> arguments = parse_arguments(argc, argv);
  if (!arguments.ok()) {
    std::fprintf(stderr, "claustrum-engine: %s\n%s", arguments.error().text().c_str(), kUsage);
    return 2;
  }
  if (arguments->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  FdLog log(STDERR_FILENO);
  Status done = harden();
  if (done.ok()) {
    done = run(*arguments, log);
  }
  if (!done.ok()) {
    log.event("engine.failed", {{"code", Literal::code_of(done.error())},
                                {"reason", Literal::reason_of(done.error())}});
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace claustrum::engine

int main(int argc, char** argv) {
  return claustrum::engine::main_of(argc, argv);
}
