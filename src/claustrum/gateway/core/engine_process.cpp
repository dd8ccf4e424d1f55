// SPDX-License-Identifier: Apache-2.0
// From init-data's digests to a running, answering engine. After that nothing about it changes.
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

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kMaxEngineFile = std::size_t{512} << 20;
constexpr std::size_t kMaxFileName = 128;
constexpr std::string_view kPrefix = "claustrum-engine-";

Error start_error(const char* what) {
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
      return Error(Code::kExhausted, "engine.file", "an engine file is over its limit");
    }
  }
  return out;
}

// Letters, digits and "._+-", no leading dot: a name in one folder and nothing else.
bool is_file_name(std::string_view name) {
  constexpr std::string_view kOthers = "._+-";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != kOthers.npos;
  };
  return !name.empty() && name.size() <= kMaxFileName && name.front() != '.' &&
         std::ranges::all_of(name, fits);
}

Result<HashedFile> read_hashed(const EngineFile& file) {
  if (!is_file_name(file.name)) {
    return Error(Code::kMalformed, "engine.file", "an engine file's name is no plain file name");
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes contents, read_whole(file.path));
  if (!CLAUSTRUM_GUARD("gateway.core.engine_digest",
                       equal(crypto::sha256(contents), file.sha256))) {
    return Error(Code::kMismatch, "engine.digest",
                 "an engine file is not the one that init-data names: " + file.name.substr(0, 32));
  }
  return HashedFile{file.name, std::move(contents)};
}

Result<std::vector<HashedFile>> read_files(const EngineSpec& spec) {
  std::vector<HashedFile> out;
  CLAUSTRUM_TRY_ASSIGN(HashedFile binary, read_hashed(spec.binary));
  out.push_back(std::move(binary));
  for (const EngineFile& library : spec.libraries) {
    CLAUSTRUM_TRY_ASSIGN(HashedFile file, read_hashed(library));
    const bool twice =
        std::ranges::any_of(out, [&](const HashedFile& f) { return f.name == file.name; });
    if (twice) {
      return Error(Code::kMalformed, "engine.file", "two engine files have one name");
    }
    out.push_back(std::move(file));
  }
  return out;
}

// What was checked chunk by chunk must stay what it is: an engine that one client took over would
// else answer all others from weights of its own.
Status check_weights(int fd) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  const bool sealed = seals >= 0 && (seals & F_SEAL_WRITE) != 0 && (seals & F_SEAL_SHRINK) != 0;
  if (!CLAUSTRUM_GUARD("gateway.core.weights_sealed", sealed)) {
    return Error(Code::kMismatch, "engine.weights", "the weights are not sealed against writing");
  }
  return ok_status();
}

// run/ for the socket, root/ to be built over; both empty.
Status fill_directory(const std::string& path, uid_t uid) {
  const std::string run = path + "/run";
  const bool made = ::chmod(path.c_str(), 0711) == 0 && ::mkdir(run.c_str(), 0700) == 0 &&
                    ::chmod(run.c_str(), 0700) == 0 && ::chown(run.c_str(), uid, uid) == 0 &&
                    ::mkdir((path + "/root").c_str(), 0700) == 0;
  return made ? ok_status() : start_error("cannot make the engine's folder");
}

void remove_directory(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

// A serve that was killed leaves its folder behind: a socket, no secrets. The next one tidies up
// what belongs to root and names a process that is gone.
void remove_stale(const std::filesystem::path& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    struct stat status {};
    if (!name.starts_with(kPrefix) || ::lstat(entry.path().c_str(), &status) != 0 ||
        !S_ISDIR(status.st_mode) || status.st_uid != 0) {
      continue;
    }
    const auto owner = static_cast<pid_t>(std::atoi(name.c_str() + kPrefix.size()));
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) {
      remove_directory(entry.path().string());
    }
  }
}

Result<std::string> make_directory(uid_t uid) {
  std::error_code ignored;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(ignored);
  remove_stale(parent);
  std::string path = parent / (std::string(kPrefix) + std::to_string(::getpid()) + "-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) {
    return start_error("cannot make the engine's folder");
  }
  Status filled = fill_directory(path, uid);
  if (!filled.ok()) {
    remove_directory(path);
    return std::move(filled).error();
  }
  return path;
}

// The engine made this file. A link in its place would send prompts, and the parent's privilege, to
// any socket on this machine.
bool is_socket(const std::string& path) {
  struct stat found {};
  const bool there = ::lstat(path.c_str(), &found) == 0;
  return there && CLAUSTRUM_GUARD("gateway.core.engine_socket", S_ISSOCK(found.st_mode));
}

bool healthy(const net::Endpoint& endpoint) {
  net::Request request;
  request.target = "/health";
  net::ClientOptions options;
  options.connect_timeout_ms = 1000;
  options.idle_timeout_ms = 2000;
  options.max_body_bytes = 4096;
  const Result<net::Response> response = net::send(endpoint, request, options);
  return response.ok() && response->status == 200;
}

// Until `done`, the engine's end or the deadline.
Status wait_for(EngineProcess& engine, SteadyTime deadline, const std::function<bool()>& done) {
  while (!done()) {
    if (!engine.alive()) {
      return start_error("the engine ended while starting");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return start_error("the engine did not answer in time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return ok_status();
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
  CLAUSTRUM_TRY(check_weights(spec.model_fd));
  CLAUSTRUM_TRY_ASSIGN(const std::vector<HashedFile> files, read_files(spec));
  CLAUSTRUM_TRY_ASSIGN(const std::string directory, make_directory(spec.uid));
  const Result<pid_t> pid = spawn_jailed(spec, files, directory);
  if (!pid.ok()) {
    remove_directory(directory);
    return pid.error();
  }
  std::unique_ptr<EngineProcess> engine(new EngineProcess(directory, *pid));
  CLAUSTRUM_TRY(engine->wait_until_ready(spec));
  return engine;
}

Status EngineProcess::wait_until_ready(const EngineSpec& spec) {
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(spec.start_timeout_ms);
  const auto answers = [this] { return is_socket(endpoint_.path) && healthy(endpoint_); };
  CLAUSTRUM_TRY(wait_for(*this, deadline, answers));
  // Nobody else's prompt was there yet. From here on the folder is root's: what is found in it now
  // cannot be replaced any more.
  const std::string run = directory_ + "/run";
  if (::chown(run.c_str(), 0, 0) != 0) {
    return start_error("cannot take over the folder of the engine's socket");
  }
  return wait_for(*this, deadline, answers);
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
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  remove_directory(directory_);
}

}  // namespace claustrum::gateway
