// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

namespace claustrum::engine {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the engine's system-call filter knows x86-64 and arm64"
#endif

constexpr std::uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kX32Bit = 0x40000000;  // x86-64 numbers of the 32-bit-pointer interface

constexpr long kDenied[] = {
    // other programs
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
    SYS_pidfd_getfd, SYS_pidfd_open,
    // other views of the system
    SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount,
    SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_open_by_handle_at,
    // rarely used parts of the kernel that are often broken
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl, SYS_add_key,
    SYS_request_key, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_fanotify_init, SYS_personality, SYS_acct, SYS_swapon, SYS_reboot,
    // ways to leave something behind
    SYS_memfd_create, SYS_shmget, SYS_msgget, SYS_semget, SYS_mq_open};

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter give(std::uint32_t verdict) {
  return BPF_STMT(BPF_RET | BPF_K, verdict);
}
// Runs the next `count` instructions only when the loaded word equals `value`.
sock_filter unless_equal_skip(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}
sock_filter if_equal_skip(std::uint32_t value, std::uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0);
}

std::vector<sock_filter> make_filter() {
  std::vector<sock_filter> out = {load(offsetof(seccomp_data, arch)),
                                  if_equal_skip(kArchitecture, 1),
                                  give(SECCOMP_RET_KILL_PROCESS),
                                  load(offsetof(seccomp_data, nr)),
                                  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1),
                                  give(SECCOMP_RET_KILL_PROCESS)};
  for (const long number : kDenied) {
    out.push_back(unless_equal_skip(static_cast<std::uint32_t>(number), 1));
    out.push_back(give(kDeny));
  }
  // Sockets of the Unix family only. The low word of the first argument holds the whole family.
  out.push_back(unless_equal_skip(SYS_socket, 4));
  out.push_back(load(offsetof(seccomp_data, args)));
  out.push_back(if_equal_skip(AF_UNIX, 1));
  out.push_back(give(kDeny));
  out.push_back(give(SECCOMP_RET_ALLOW));
  out.push_back(give(SECCOMP_RET_ALLOW));
  return out;
}

}  // namespace

Status enter_sandbox() {
  std::vector<sock_filter> filter = make_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
    return Error(Code::kInternal, "engine.sandbox", "the kernel refuses the system-call filter");
  }
  return ok_status();
}

}  // namespace claustrum::engine
