// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace claustrum::simulator {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;

Error file_error(const std::string& path) {
  const bool missing = errno == ENOENT;
  return Error(missing ? Code::kNotFound : Code::kUnavailable,
               missing ? "sim.file.missing" : "sim.file.failed",
               path + ": " + std::strerror(errno));
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    return file_error(path);
  }
  return ok_status();
}

Status write_new_file(const std::string& path, BytesView bytes) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    return file_error(path);
  }
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0) {
      return file_error(path);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return ok_status();
}

Result<Bytes> read_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return file_error(path);
  }
  Bytes out(kMaxFile + 1);
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n = ::read(file.get(), out.data() + size, out.size() - size);
    if (n < 0) {
      return file_error(path);
    }
    if (n == 0) {
      break;
    }
    size += static_cast<std::size_t>(n);
  }
  if (size > kMaxFile) {
    return Error(Code::kExhausted, "sim.file.size", path);
  }
  out.resize(size);
  return out;
}

}  // namespace claustrum::simulator
