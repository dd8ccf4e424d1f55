// SPDX-License-Identifier: Apache-2.0
// A file descriptor that closes itself; standard streams stay open.
#pragma once

#include <unistd.h>

namespace claustrum::app {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > 2) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace claustrum::app
