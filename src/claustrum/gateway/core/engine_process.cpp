// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/core/engine_process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/gateway/core/engine_jail.h"

namespace claustrum::gateway {

namespace {

constexpr std::size_t kMaxEngineFile = std::size_t{512} << 20;

Error start_error(const std::string& what) {
  return Error(Code::kUnavailable, "engine.start", what);
}

Result<Bytes> read_whole(const std::string& path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                       &std::fclose);
  if (file == nullptr) {
    return Error(Code::kNotFound, "engine.file", "cannot read an engine file");
  }
  Bytes out;
  std::vector<std::uint8_t> block(std::size_t{1} << 20);
  for (;;) {
    const std::size_t count = std::fread(block.data(), 1, block.size(), file.get());
    if (count == 0) {
      break;
    }
    append(out, BytesView(block).first(count));
    if (out.size() > kMaxEngineFile) {
      return Error(Code::kExhausted, "engine.file", "engine file over its limit");
    }
  }
  return out;
}

// Copies the hashed bytes, so that what was hashed is what runs, whatever happens to `file.path`.
Status install(const EngineFile& file, const std::string& directory) {
  if (file.name.empty() || file.name.find('/') != std::string::npos || file.name == "..") {
    return Error(Code::kMalformed, "engine.file", "engine file name");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes contents, read_whole(file.path));
  if (!CLAUSTRUM_GUARD("gateway.core.engine_digest",
                       equal(crypto::sha256(contents), file.sha256))) {
    return Error(Code::kMismatch, "engine.digest",
                 "an engine file is not the one that init-data names: " + file.name.substr(0, 32));
  }
  const std::string target = directory + "/" + file.name;
  const int fd = ::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
  if (fd < 0) {
    return start_error("cannot write the engine's files");
  }
  std::size_t done = 0;
  while (done < contents.size()) {
    const ssize_t count = ::write(fd, contents.data() + done, contents.size() - done);
    if (count <= 0) {
      ::close(fd);
      return start_error("cannot write the engine's files");
    }
    done += static_cast<std::size_t>(count);
  }
  ::close(fd);
  return ok_status();
}

constexpr std::string_view kPrefix = "claustrum-engine-";

void remove_directory(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

// A serve that was killed leaves its folder behind: engine files, no secrets. The next one tidies
// up what belongs to root and names a process that is gone.
void remove_stale(const std::filesystem::path& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    struct stat status {};
    if (!name.starts_with(kPrefix) || ::lstat(entry.path().c_str(), &status) != 0 ||
        !S_ISDIR(status.st_mode) || status.st_uid != 0) {
      continue;
    }
    const pid_t owner = static_cast<pid_t>(std::atoi(name.c_str() + kPrefix.size()));
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) {
      remove_directory(entry.path().string());
    }
  }
}

Result<std::string> make_directory() {
  const std::filesystem::path parent = std::filesystem::temp_directory_path();
  remove_stale(parent);
  std::string path =
      (parent / (std::string(kPrefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) {
    return start_error("cannot make the engine's folder");
  }
  (void)::chmod(path.c_str(), 0711);
  for (const char* name : {"/engine", "/run", "/root"}) {
    if (::mkdir((path + name).c_str(), 0755) != 0) {
      return start_error("cannot make the engine's folder");
    }
  }
  return path;
}

Result<std::string> prepare(const EngineSpec& spec) {
  CLAUSTRUM_TRY_ASSIGN(std::string directory, make_directory());
  Status installed = install(spec.binary, directory + "/engine");
  for (const EngineFile& library : spec.libraries) {
    if (installed.ok()) {
      installed = install(library, directory + "/engine");
    }
  }
  if (installed.ok() && (::chmod((directory + "/engine").c_str(), 0555) != 0 ||
                         ::chown((directory + "/run").c_str(), spec.uid, spec.uid) != 0 ||
                         ::chmod((directory + "/run").c_str(), 0700) != 0)) {
    installed = start_error("cannot set the engine folder's owner");
  }
  if (!installed.ok()) {
    remove_directory(directory);
    return std::move(installed).error();
  }
  return directory;
}

bool healthy(const net::Endpoint& endpoint) {
  net::Request request;
  request.target = "/health";
  net::ClientOptions options;
  options.connect_timeout_ms = 1000;
  options.idle_timeout_ms = 2000;
  const Result<net::Response> response = net::send(endpoint, request, options);
  return response.ok() && response->status == 200;
}

}  // namespace

EngineProcess::EngineProcess(std::string directory, pid_t pid)
    : directory_(std::move(directory)), pid_(pid) {
  endpoint_.kind = net::Endpoint::Kind::kUnix;
  endpoint_.path = directory_ + "/run/engine.sock";
}

Result<std::unique_ptr<EngineProcess>> EngineProcess::start(const EngineSpec& spec) {
  if (::geteuid() != 0) {
    return Error(Code::kUnauthorised, "engine.privilege",
                 "isolating the engine needs root: run serve as root inside the TEE");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string directory, prepare(spec));
  const Result<pid_t> pid = spawn_jailed(spec, directory);
  if (!pid.ok()) {
    remove_directory(directory);
    return pid.error();
  }
  std::unique_ptr<EngineProcess> engine(new EngineProcess(directory, *pid));
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(spec.start_timeout_ms);
  while (!healthy(engine->endpoint_)) {
    if (!engine->alive()) {
      return start_error("the engine ended while starting");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return start_error("the engine did not answer in time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return engine;
}

bool EngineProcess::alive() {
  if (pid_ <= 0) {
    return false;
  }
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) {
    return true;
  }
  pid_ = -1;
  return false;
}

EngineProcess::~EngineProcess() {
  if (alive()) {
    (void)::kill(pid_, SIGKILL);
    int status = 0;
    (void)::waitpid(pid_, &status, 0);
  }
  remove_directory(directory_);
}

}  // namespace claustrum::gateway
