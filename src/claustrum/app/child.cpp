// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>
#include <csignal>
#include <thread>

namespace claustrum::app {

namespace {

int open_output(const std::string& path) {
  return path.empty() ? ::open("/dev/null", O_WRONLY | O_CLOEXEC)
                      : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const ChildOptions& options) {
  std::vector<std::string> texts = options.command;
  std::vector<char*> arguments;
  for (std::string& text : texts) {
    arguments.push_back(text.data());
  }
  arguments.push_back(nullptr);
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open_output(options.out_file);
  const int err = open_output(options.err_file);
  const pid_t parent = ::getpid();
  const pid_t pid = in < 0 || out < 0 || err < 0 ? -1 : ::fork();
  if (pid == 0) {
    // The demo's children end with it, whatever ends it, and also when it ended just now.
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    sigset_t none;  // the demo blocks what its children must notice
    (void)sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::getppid() == parent && ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2) {
      (void)::execv(arguments[0], arguments.data());
    }
    ::_exit(127);
  }
  for (const int fd : {in, out, err}) {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  if (pid < 0) {
    return Error(Code::kUnavailable, "child.start", "cannot start " + options.command.front());
  }
  return std::unique_ptr<Child>(new Child(pid));
}

bool Child::reap(int flags) {
  if (pid_ <= 0) {
    return true;
  }
  int status = 0;
  const pid_t done = ::waitpid(pid_, &status, flags);
  if (done != pid_) {
    return false;
  }
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return true;
}

bool Child::running() {
  return !reap(WNOHANG);
}

Result<int> Child::wait(int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!reap(WNOHANG)) {
    if (std::chrono::steady_clock::now() > deadline) {
      return Error(Code::kUnavailable, "child.timeout", "a step did not end in time");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return exit_code_;
}

void Child::stop() {
  if (reap(WNOHANG)) {
    return;
  }
  (void)::kill(pid_, SIGTERM);
  if (!wait(2000).ok()) {
    (void)::kill(pid_, SIGKILL);
    (void)reap(0);
  }
}

Child::~Child() {
  stop();
}

Result<int> run_child(const ChildOptions& options, int timeout_ms) {
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<Child> child, Child::start(options));
  return child->wait(timeout_ms);
}

std::string own_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

}  // namespace claustrum::app
