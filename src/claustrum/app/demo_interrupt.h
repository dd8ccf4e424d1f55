// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, a closed terminal or a reader that left in the middle of the demo: its processes end and
// its folder, which holds the owner's keys and the model, goes too. Guards against leaving either
// behind.
#pragma once

#include <string>
#include <thread>

namespace claustrum::app {

class DemoInterrupt {
 public:
  // From here on a stop signal ends the demo: its child processes are told to stop, `folder` is
  // removed, the exit code is 128 + signal. Threads started later do not see these signals, nor
  // SIGPIPE.
  explicit DemoInterrupt(std::string folder);
  ~DemoInterrupt();  // the signals stay blocked
  DemoInterrupt(const DemoInterrupt&) = delete;
  DemoInterrupt& operator=(const DemoInterrupt&) = delete;
  // Nobody reads what the demo says: ends it as SIGPIPE would.
  [[noreturn]] void reader_left();

 private:
  const std::string folder_;
  std::jthread watcher_;
};

}  // namespace claustrum::app
