// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/core/engine_jail.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace claustrum::gateway {

namespace {

constexpr int kModelFd = 3;
constexpr int kNamespaces = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

// Everything the child needs, made before it is cloned: afterwards only system calls are safe,
// since another thread of the parent may have held the allocator's lock.
struct Plan {
  std::string root;
  std::string usr;
  struct Mount {
    std::string source;
    std::string target;
    bool writable;
    bool optional;
  };
  std::vector<Mount> binds;
  std::string proc;
  std::vector<std::string> argument_text;
  std::vector<std::string> environment_text;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  uid_t uid = 0;
  int model_fd = -1;
};

void point_at(std::vector<std::string>& texts, std::vector<char*>& pointers) {
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
}

Plan make_plan(const EngineSpec& spec, const std::string& directory) {
  Plan plan;
  plan.root = directory + "/root";
  plan.usr = plan.root + "/usr";
  for (const char* system : {"/lib", "/lib64", "/usr/lib", "/usr/lib64"}) {
    plan.binds.push_back({system, plan.root + system, false, true});
  }
  plan.binds.push_back({directory + "/engine", plan.root + "/engine", false, false});
  plan.binds.push_back({directory + "/run", plan.root + "/run", true, false});
  plan.proc = plan.root + "/proc";
  plan.argument_text = {"/engine/" + spec.binary.name};
  plan.argument_text.insert(plan.argument_text.end(), spec.arguments.begin(), spec.arguments.end());
  for (const char* fixed :
       {"--model", "/proc/self/fd/3", "--socket", "/run/engine.sock", "--backends", "/engine"}) {
    plan.argument_text.emplace_back(fixed);
  }
  plan.environment_text.emplace_back("LD_LIBRARY_PATH=/engine");
  for (const auto& [name, value] : spec.environment) {
    plan.environment_text.push_back(name + "=" + value);
  }
  plan.uid = spec.uid;
  plan.model_fd = spec.model_fd;
  point_at(plan.argument_text, plan.arguments);
  point_at(plan.environment_text, plan.environment);
  return plan;
}

// A tmpfs root with read-only binds of the system's libraries and the engine, and the one writable
// folder for its socket. No /dev, no /sys: evidence devices and configfs do not exist in there.
bool build_root(const Plan& plan) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("engine", plan.root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") !=
          0 ||
      ::mkdir(plan.usr.c_str(), 0755) != 0 || ::mkdir(plan.proc.c_str(), 0755) != 0) {
    return false;
  }
  for (const Plan::Mount& bind : plan.binds) {
    if (::mkdir(bind.target.c_str(), 0755) != 0 ||
        ::mount(bind.source.c_str(), bind.target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) !=
            0) {
      if (bind.optional) {
        continue;
      }
      return false;
    }
    const unsigned long flags =
        MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV | (bind.writable ? MS_NOEXEC : MS_RDONLY);
    if (::mount(nullptr, bind.target.c_str(), nullptr, flags, nullptr) != 0) {
      return false;
    }
  }
  // A proc of the new process namespace shows the engine itself and nobody else.
  if (::mount("proc", plan.proc.c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return false;
  }
  return ::mount(nullptr, plan.root.c_str(), nullptr,
                 MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr) == 0 &&
         ::chdir(plan.root.c_str()) == 0 && ::chroot(".") == 0 && ::chdir("/") == 0;
}

bool limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0;
}

// Standard streams to /dev/null: whatever the engine prints, prompts included, is swallowed. Every
// other descriptor but the weights is closed.
bool settle_descriptors(const Plan& plan, int null_fd) {
  if (::dup2(plan.model_fd, kModelFd) < 0) {
    return false;
  }
  (void)::fcntl(kModelFd, F_SETFD, 0);
  for (int fd = 0; fd < 3; ++fd) {
    if (::dup2(null_fd, fd) < 0) {
      return false;
    }
  }
  return ::syscall(SYS_close_range, 4U, ~0U, 0U) == 0;
}

bool drop_privileges(const Plan& plan) {
  // No core dumps, no files written, no way back to privilege; dies with serve.
  return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 128) &&
         ::setgroups(0, nullptr) == 0 && ::setresgid(plan.uid, plan.uid, plan.uid) == 0 &&
         ::setresuid(plan.uid, plan.uid, plan.uid) == 0 &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

[[noreturn]] void run_child(const Plan& plan, int null_fd) {
  sigset_t none;
  (void)sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (settle_descriptors(plan, null_fd) && build_root(plan) && drop_privileges(plan)) {
    ::execve(plan.arguments[0], plan.arguments.data(), plan.environment.data());
  }
  ::_exit(127);
}

}  // namespace

Result<pid_t> spawn_jailed(const EngineSpec& spec, const std::string& directory) {
  const Plan plan = make_plan(spec, directory);
  const int null_fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null_fd < 0) {
    return Error(Code::kUnavailable, "engine.start", "cannot open /dev/null");
  }
  // Like fork, with the new namespaces entered at birth, so that the engine is process 1 of its
  // own.
  const long pid = ::syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    run_child(plan, null_fd);
  }
  ::close(null_fd);
  if (pid < 0) {
    return Error(Code::kUnavailable, "engine.start", "the kernel refuses the engine's namespaces");
  }
  return static_cast<pid_t>(pid);
}

}  // namespace claustrum::gateway
