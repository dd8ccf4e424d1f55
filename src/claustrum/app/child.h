// SPDX-License-Identifier: Apache-2.0
// Child processes for the demo: started with an argument list (no shell), output to files, ended
// when this object goes. Each is a real subcommand in a process of its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "claustrum/base/result.h"

namespace claustrum::app {

struct ChildOptions {
  std::vector<std::string> command;
  std::string out_file;  // standard output; empty: /dev/null
  std::string err_file;  // standard error
};

class Child {
 public:
  static Result<std::unique_ptr<Child>> start(const ChildOptions& options);
  ~Child();  // SIGTERM, a second of grace, SIGKILL
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // Exit code (128 + signal when killed); unavailable "child.timeout" when it still runs then.
  Result<int> wait(int timeout_ms);
  bool running();
  void stop();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  bool reap(int flags);
  pid_t pid_;
  int exit_code_ = -1;
};

// Runs to the end; the exit code.
Result<int> run_child(const ChildOptions& options, int timeout_ms);

// Path of this very program, to start its subcommands.
std::string own_path();

}  // namespace claustrum::app
