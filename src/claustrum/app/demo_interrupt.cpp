// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_interrupt.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "claustrum/app/service_loop.h"

namespace claustrum::app {

namespace {

namespace fs = std::filesystem;

// The kernel's list: whatever the demo started last, by whichever thread, is in it.
void stop_children() {
  std::error_code ignored;
  for (const auto& task : fs::directory_iterator("/proc/self/task", ignored)) {
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) {
      (void)::kill(child, SIGTERM);
    }
  }
}

// Until a process that still writes there has ended, or three seconds have passed.
void remove_folder(const std::string& folder) {
  for (int attempt = 0; attempt < 60 && fs::exists(folder); ++attempt) {
    stop_children();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

DemoInterrupt::DemoInterrupt(std::string folder) : folder_(std::move(folder)) {
  sigset_t signals = stop_signals();
  (void)sigaddset(&signals, SIGPIPE);
  (void)::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  watcher_ = std::jthread([this, signals](const std::stop_token& stop) {
    const timespec tick{0, 50'000'000};
    while (!stop.stop_requested()) {
      const int signal = ::sigtimedwait(&signals, nullptr, &tick);
      if (signal > 0) {
        std::fprintf(stderr, "\ndemo: interrupted, tidying up\n");
        remove_folder(folder_);
        ::_exit(128 + signal);
      }
    }
  });
}

void DemoInterrupt::reader_left() {
  // To the process: the one of the failed write waits for this thread alone.
  (void)::kill(::getpid(), SIGPIPE);
  for (;;) {
    (void)::pause();
  }
}

DemoInterrupt::~DemoInterrupt() = default;

}  // namespace claustrum::app
