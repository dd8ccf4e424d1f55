// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace claustrum::app {

namespace {

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

Error read_error(const std::string& path) {
  return Error(Code::kNotFound, "file.read", "cannot read " + path);
}

Error write_error(const std::string& path) {
  return Error(Code::kUnavailable, "file.write", "cannot write " + path);
}

// Hands each block to `take`; stops with an error beyond max_bytes.
template <typename Take>
Status read_blocks(const std::string& path, std::size_t max_bytes, Take take) {
  const Descriptor file(path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) {
    return read_error(path);
  }
  std::size_t total = 0;
  SecretBytes block(std::size_t{64} * 1024);
  for (;;) {
    const ssize_t count = ::read(file.fd(), block.writable().data(), block.size());
    if (count < 0) {
      return read_error(path);
    }
    if (count == 0) {
      return ok_status();
    }
    total += static_cast<std::size_t>(count);
    if (total > max_bytes) {
      return Error(Code::kExhausted, "file.size", path + " is larger than allowed here");
    }
    take(block.reveal().first(static_cast<std::size_t>(count)));
  }
}

bool write_all(int fd, BytesView contents) {
  while (!contents.empty()) {
    const ssize_t count = ::write(fd, contents.data(), contents.size());
    if (count <= 0) {
      return false;
    }
    contents = contents.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t max_bytes) {
  Bytes out;
  CLAUSTRUM_TRY(read_blocks(path, max_bytes, [&](BytesView block) { append(out, block); }));
  return out;
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t max_bytes) {
  SecretBytes out;
  CLAUSTRUM_TRY(read_blocks(path, max_bytes, [&](BytesView block) { out.append(block); }));
  return out;
}

Status write_file(const std::string& path, BytesView contents, unsigned mode) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.fd() < 0) {
    return write_error(path);
  }
  if (!write_all(file.fd(), contents) || ::fchmod(file.fd(), static_cast<mode_t>(mode)) != 0 ||
      ::fsync(file.fd()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    (void)::unlink(temporary.c_str());
    return write_error(path);
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const Descriptor folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) {
    return write_error(path);
  }
  return ok_status();
}

}  // namespace claustrum::app
