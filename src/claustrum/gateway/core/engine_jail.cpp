// SPDX-License-Identifier: Apache-2.0
// The order of steps in the child matters: mounts need privilege, so privilege goes last; the
// signal that ties the engine's life to serve's is cleared by every change of identity, so it goes
// after that. [namespaces(7), capabilities(7), pid_namespaces(7), prctl(2) PR_SET_PDEATHSIG]
#include "claustrum/gateway/core/engine_jail.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace claustrum::gateway {

namespace {

constexpr int kModelFd = 3;
constexpr int kStatusFd = 4;
constexpr int kAboveAll = 10;  // where the parent keeps descriptors that the child moves to 0..4
constexpr int kNamespaces = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
constexpr char kReady = 'r';
constexpr rlim_t kMaxThreads = 1024;

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() { reset(); }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int value() const { return fd_; }
  void reset() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = -1;
  }

 private:
  int fd_;
};

// Everything the child needs, made before it is cloned: afterwards only system calls are safe,
// since another thread of the parent may have held the allocator's or the C library's locks.
struct Plan {
  struct Bind {
    std::string source;
    std::string target;
    bool writable;
  };
  struct File {
    std::string path;
    BytesView contents;
  };
  std::string root;
  std::vector<std::string> folders;
  std::vector<Bind> binds;
  std::string engine;
  std::string engine_options;
  std::vector<File> files;
  std::string proc;
  std::vector<std::string> argument_text;
  std::vector<std::string> environment_text;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  uid_t uid = 0;
  int null_fd = -1;
  int model_fd = -1;
  int status_fd = -1;
};

void point_at(std::vector<std::string>& texts, std::vector<char*>& pointers) {
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
}

void plan_root(const std::vector<HashedFile>& files, const std::string& directory, Plan& plan) {
  plan.root = directory + "/root";
  plan.engine = plan.root + "/engine";
  plan.proc = plan.root + "/proc";
  plan.folders = {plan.root + "/usr", plan.engine, plan.proc};
  struct stat found {};
  for (const char* system : {"/lib", "/lib64", "/usr/lib", "/usr/lib64"}) {
    if (::stat(system, &found) == 0 && S_ISDIR(found.st_mode)) {
      plan.binds.push_back({system, plan.root + system, false});
    }
  }
  plan.binds.push_back({directory + "/run", plan.root + "/run", true});
  for (const Plan::Bind& bind : plan.binds) {
    plan.folders.push_back(bind.target);
  }
  std::size_t kib = 64;
  for (const HashedFile& file : files) {
    plan.files.push_back({plan.engine + "/" + file.name, file.contents});
    kib += file.contents.size() / 1024 + 8;
  }
  plan.engine_options = "mode=0755,size=" + std::to_string(kib) + "k";
}

Plan make_plan(const EngineSpec& spec, const std::vector<HashedFile>& files,
               const std::string& directory) {
  Plan plan;
  plan_root(files, directory, plan);
  plan.argument_text = {"/engine/" + files.front().name};
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
  point_at(plan.argument_text, plan.arguments);
  point_at(plan.environment_text, plan.environment);
  return plan;
}

// Standard streams to /dev/null: whatever the engine prints, prompts included, is swallowed. Every
// other descriptor but the weights is closed; the status pipe closes itself on exec.
bool settle_descriptors(const Plan& plan) {
  for (int fd = 0; fd < kModelFd; ++fd) {
    if (::dup2(plan.null_fd, fd) < 0) {
      return false;
    }
  }
  return ::dup2(plan.model_fd, kModelFd) >= 0 &&
         ::dup3(plan.status_fd, kStatusFd, O_CLOEXEC) >= 0 &&
         ::syscall(SYS_close_range, kStatusFd + 1U, ~0U, 0U) == 0;
}

bool write_file(const Plan::File& file) {
  const int fd = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
  if (fd < 0) {
    return false;
  }
  BytesView rest = file.contents;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd, rest.data(), rest.size());
    if (count <= 0) {
      return false;
    }
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  return ::close(fd) == 0;
}

bool remount(const std::string& target, unsigned long flags) {
  return ::mount(nullptr, target.c_str(), nullptr, MS_BIND | MS_REMOUNT | flags, nullptr) == 0;
}

bool mount_engine(const Plan& plan) {
  if (::mount("engine", plan.engine.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
              plan.engine_options.c_str()) != 0) {
    return false;
  }
  for (const Plan::File& file : plan.files) {
    if (!write_file(file)) {
      return false;
    }
  }
  return remount(plan.engine, MS_RDONLY | MS_NOSUID | MS_NODEV);
}

// A root of its own with read-only binds of the system's libraries, the engine, and one writable
// folder for its socket. No /dev, no /sys: evidence devices and configfs do not exist in there. A
// chroot, not a pivot_root: in a chroot the kernel refuses new user namespaces, and with them most
// ways to attack it.
bool build_root(const Plan& plan) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("root", plan.root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") !=
          0) {
    return false;
  }
  for (const std::string& folder : plan.folders) {
    if (::mkdir(folder.c_str(), 0755) != 0) {
      return false;
    }
  }
  for (const Plan::Bind& bind : plan.binds) {
    const unsigned long may = bind.writable ? MS_NOEXEC : MS_RDONLY;
    if (::mount(bind.source.c_str(), bind.target.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        !remount(bind.target, MS_NOSUID | MS_NODEV | may)) {
      return false;
    }
  }
  // Of /proc only the processes, and of those only the ones in the new namespace: itself.
  return mount_engine(plan) &&
         ::mount("proc", plan.proc.c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 "subset=pid") == 0 &&
         remount(plan.root, MS_RDONLY | MS_NOSUID | MS_NODEV) && ::chdir(plan.root.c_str()) == 0 &&
         ::chroot(".") == 0 && ::chdir("/") == 0;
}

bool limit(__rlimit_resource_t resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(resource, &both) == 0;
}

bool drop_bounding_set() {
  for (unsigned long cap = 0; ::prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; ++cap) {
    if (::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
      return false;
    }
  }
  return true;
}

// By system call: the C library's setuid family signals all threads it knows of, and after a clone
// those are the parent's.
bool become(uid_t uid) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, uid, uid, uid) == 0 &&
         ::syscall(SYS_setresuid, uid, uid, uid) == 0 &&
         ::syscall(SYS_capset, &header, none.data()) == 0;
}

// No core dumps, no files written, no way back to privilege; dies with the thread that started it.
bool drop_privileges(const Plan& plan) {
  return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 128) &&
         limit(RLIMIT_NPROC, kMaxThreads) && drop_bounding_set() && become(plan.uid) &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
}

bool tell(char step) {
  return ::write(kStatusFd, &step, 1) == 1;
}

[[noreturn]] void run_child(const Plan& plan) {
  const std::uint64_t no_signals = 0;
  (void)::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, sizeof no_signals);
  (void)::setsid();
  (void)::umask(022);
  if (!settle_descriptors(plan)) {
    ::_exit(127);
  }
  if (!build_root(plan)) {
    (void)tell('m');
  } else if (!drop_privileges(plan)) {
    (void)tell('p');
  } else if (tell(kReady)) {
    // Told to a parent that lives: had it died before the parent-death signal was set, there would
    // be no reader and the write would have failed.
    ::execve(plan.arguments[0], plan.arguments.data(), plan.environment.data());
    (void)tell('x');
  }
  ::_exit(127);
}

Error start_error(const char* what) {
  return Error(Code::kUnavailable, "engine.start", what);
}

// What the child told until it was executed or ended.
std::string read_status(int fd) {
  std::string told;
  for (;;) {
    std::array<char, 8> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return told;
    }
    told.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Error explain(const std::string& told) {
  if (told == "m") {
    return start_error("cannot build the engine's root: mounting is refused here");
  }
  if (told == "p") {
    return start_error("cannot drop the engine's privileges");
  }
  if (told.ends_with('x')) {
    return start_error("the engine's executable cannot be executed");
  }
  return start_error("the engine's process could not be set up");
}

}  // namespace

Result<pid_t> spawn_jailed(const EngineSpec& spec, const std::vector<HashedFile>& files,
                           const std::string& directory) {
  Plan plan = make_plan(spec, files, directory);
  const OwnedFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  std::array<int, 2> ends = {-1, -1};
  if (null.value() < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return start_error("no descriptors left");
  }
  const OwnedFd status_in(ends[0]);
  OwnedFd status_out(ends[1]);
  const OwnedFd null_copy(::fcntl(null.value(), F_DUPFD_CLOEXEC, kAboveAll));
  const OwnedFd model_copy(::fcntl(spec.model_fd, F_DUPFD_CLOEXEC, kAboveAll));
  OwnedFd status_copy(::fcntl(status_out.value(), F_DUPFD_CLOEXEC, kAboveAll));
  plan.null_fd = null_copy.value();
  plan.model_fd = model_copy.value();
  plan.status_fd = status_copy.value();
  if (plan.null_fd < 0 || plan.model_fd < 0 || plan.status_fd < 0) {
    return start_error("no descriptors left");
  }
  // Like fork, with the new namespaces entered at birth, so that the engine is process 1 of its
  // own.
  const long pid = ::syscall(SYS_clone, kNamespaces | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (pid == 0) {
    run_child(plan);
  }
  status_out.reset();
  status_copy.reset();
  if (pid < 0) {
    return start_error("the kernel refuses the engine's namespaces");
  }
  const std::string told = read_status(status_in.value());
  if (told != std::string(1, kReady)) {
    int ended = 0;
    (void)::waitpid(static_cast<pid_t>(pid), &ended, 0);
    return explain(told);
  }
  return static_cast<pid_t>(pid);
}

}  // namespace claustrum::gateway
