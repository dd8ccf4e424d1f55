// SPDX-License-Identifier: Apache-2.0
// A stand-in for the engine that tells what it can see and do inside its jail; used by the tests
// only. It serves /health and /probe on the socket it is given. Modes, as first argument: "serve",
// "exit" (ends at once), "silent" (never serves), "link PATH" (puts a link to PATH where its socket
// should be), "noisy" (prints to its standard streams, then serves).
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "claustrum/codec/json.h"
#include "claustrum/net/http.h"

namespace {

using claustrum::codec::Json;

Json names_in(const char* folder) {
  Json::Array out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    out.emplace_back(entry.path().filename().string());
  }
  return Json(std::move(out));
}

std::string text_of(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::string out((std::istreambuf_iterator<char>(in)), {});
  std::ranges::replace(out, '\0', ' ');
  return out;
}

// Descriptors but the one that reads this folder.
Json open_descriptors() {
  Json::Array out;
  for (int fd = 0; fd < 1024; ++fd) {
    std::string target(256, '\0');
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t count = ::readlink(link.c_str(), target.data(), target.size());
    if (count >= 0) {
      target.resize(static_cast<std::size_t>(count));
      out.emplace_back(std::to_string(fd) + " " + target);
    }
  }
  return Json(std::move(out));
}

// "ok" or the error's name.
std::string outcome(bool ok) {
  return ok ? "ok" : ::strerrorname_np(errno);
}

std::string try_write(const char* path) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return outcome(false);
  }
  const bool wrote = ::write(fd, "x", 1) == 1;
  const std::string out = outcome(wrote);
  ::close(fd);
  return out;
}

std::string try_connect(const std::string& url) {
  const auto endpoint = claustrum::net::Endpoint::parse(url);
  claustrum::net::ClientOptions options;
  options.connect_timeout_ms = 2000;
  const auto answer = claustrum::net::send(*endpoint, {}, options);
  return answer.ok() ? "ok" : std::string(answer.error().reason());
}

std::string try_abstract_socket(const std::string& name) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path + 1, name.data(), std::min(name.size(), sizeof at.sun_path - 1));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  sockaddr address{};
  static_assert(sizeof address <= sizeof at);
  const std::string out = outcome(
      ::connect(fd, static_cast<const sockaddr*>(static_cast<const void*>(&at)), length) == 0);
  ::close(fd);
  return out;
}

std::int64_t limit(__rlimit_resource_t which) {
  rlimit value{};
  ::getrlimit(which, &value);
  return value.rlim_max == RLIM_INFINITY ? -1 : static_cast<std::int64_t>(value.rlim_max);
}

Json probe(const std::string& url, const std::string& abstract, char** environment) {
  Json::Array variables;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    variables.emplace_back(std::string(*entry));
  }
  Json out = Json::object();
  out.set("uid", static_cast<std::int64_t>(::getuid()))
      .set("gid", static_cast<std::int64_t>(::getgid()))
      .set("groups", static_cast<std::int64_t>(::getgroups(0, nullptr)))
      .set("pid", static_cast<std::int64_t>(::getpid()))
      .set("descriptors", open_descriptors())
      .set("environment", Json(std::move(variables)))
      .set("cwd", std::filesystem::current_path().string())
      .set("root", names_in("/"))
      .set("usr", names_in("/usr"))
      .set("engine", names_in("/engine"))
      .set("proc", names_in("/proc"))
      .set("status", text_of("/proc/self/status"))
      .set("command-of-1", text_of("/proc/1/cmdline"))
      .set("mounts", text_of("/proc/self/mounts"))
      .set("interfaces", text_of("/proc/self/net/dev"))
      .set("routes", text_of("/proc/self/net/route"))
      .set("weights", text_of("/proc/self/fd/3"))
      .set("write-root", try_write("/x"))
      .set("write-engine", try_write("/engine/x"))
      .set("write-lib", try_write("/usr/lib/x"))
      .set("write-run", try_write("/run/x"))
      .set("write-weights", try_write("/proc/self/fd/3"))
      .set("connect", try_connect(url))
      .set("abstract", try_abstract_socket(abstract))
      .set("user-namespace", outcome(::unshare(CLONE_NEWUSER) == 0))
      .set("become-root", outcome(::setuid(0) == 0))
      .set("core-limit", limit(RLIMIT_CORE))
      .set("file-limit", limit(RLIMIT_FSIZE))
      .set("descriptor-limit", limit(RLIMIT_NOFILE))
      .set("no-new-privileges",
           static_cast<std::int64_t>(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
  out.set("death-signal", death_signal);
  return out;
}

std::string argument_after(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (name == argv[i]) {
      return argv[i + 1];
    }
  }
  return {};
}

int serve(const std::string& path, const Json& seen) {
  claustrum::net::ServerOptions options;
  options.endpoint.kind = claustrum::net::Endpoint::Kind::kUnix;
  options.endpoint.path = path;
  const auto server = claustrum::net::Server::start(
      options, [&](const claustrum::net::Request& request, claustrum::net::ResponseWriter& out) {
        claustrum::net::Response response;
        if (request.path() == "/probe") {
          response.body = claustrum::to_bytes(claustrum::codec::to_json(seen));
        }
        (void)out.respond(response);
      });
  if (!server.ok()) {
    return 1;
  }
  for (;;) {
    ::pause();
  }
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const std::string socket = argument_after(argc, argv, "--socket");
  if (mode == "exit") {
    return 3;
  }
  if (mode == "link") {
    ::symlink(argv[2], socket.c_str());
  }
  if (mode == "link" || mode == "silent") {
    for (;;) {
      ::pause();
    }
  }
  if (mode == "noisy") {
    std::fprintf(stdout, "a prompt\n");
    std::fprintf(stderr, "an answer\n");
    std::fflush(nullptr);
  }
  ::signal(SIGXFSZ, SIG_IGN);
  return serve(socket, probe(argument_after(argc, argv, "--connect"),
                             argument_after(argc, argv, "--abstract"), environment));
}
