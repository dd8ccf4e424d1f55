// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/sandbox.h"

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace claustrum::engine {
namespace {

// Exit status of a child that enters the sandbox and then answers `probe`; 99 if it cannot enter.
int inside(const std::function<bool()>& probe) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(!enter_sandbox().ok() ? 99 : probe() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool refused(long result) {
  return result == -1 && errno == EPERM;
}

TEST(Sandbox, RefusesProgramsAndDebugging) {
  EXPECT_EQ(inside([] { return refused(::execl("/bin/true", "true", nullptr)); }), 0);
  EXPECT_EQ(inside([] { return refused(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }), 0);
  EXPECT_EQ(inside([] { return refused(::unshare(0)); }), 0);
  EXPECT_EQ(inside([] { return refused(::syscall(SYS_bpf, 0, nullptr, 0)); }), 0);
}

TEST(Sandbox, AllowsUnixSocketsOnly) {
  EXPECT_EQ(inside([] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }), 0);
  for (const int family : {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(inside([family] { return refused(::socket(family, SOCK_STREAM, 0)); }), 0) << family;
  }
}

TEST(Sandbox, LetsOrdinaryWorkGoOn) {
  EXPECT_EQ(inside([] {
              int ends[2];
              char byte = 'x';
              return ::pipe(ends) == 0 && ::write(ends[1], &byte, 1) == 1 &&
                     ::read(ends[0], &byte, 1) == 1;
            }),
            0);
}

}  // namespace
}  // namespace claustrum::engine
