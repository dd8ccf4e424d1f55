// SPDX-License-Identifier: Apache-2.0
// POSIX file operations with errors as values (docs/formats/sealed.md, "Writing").
#include "claustrum/sealed/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace claustrum::sealed {
namespace {

Error io_error(std::string_view what) {
  const int number = errno;
  const Code code = number == ENOENT || number == ENOTDIR ? Code::kNotFound : Code::kUnavailable;
  return Error(code, "sealed.file", std::string(what) + ": " + std::strerror(number));
}

// Drops the first `done` bytes of `parts`.
std::span<iovec> skip_bytes(std::span<iovec> parts, std::size_t done) {
  while (!parts.empty() && done >= parts.front().iov_len) {
    done -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<std::uint8_t*>(parts.front().iov_base) + done;
    parts.front().iov_len -= done;
  }
  return parts;
}

Status sync_folder(const std::string& folder) {
  const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.value() < 0 || ::fsync(fd.value()) != 0) {
    return io_error("cannot sync folder");
  }
  return {};
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

void Fd::reset() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = -1;
}

Result<Fd> open_regular_file(const std::string& path) {
  // O_NONBLOCK: opening a FIFO someone left there must not hang.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (fd.value() < 0 || ::fstat(fd.value(), &info) != 0) {
    return io_error("cannot open");
  }
  if (!S_ISREG(info.st_mode)) {
    return Error(Code::kMalformed, "sealed.file_type", "not a regular file");
  }
  return fd;
}

Result<std::uint64_t> file_size(const Fd& file) {
  struct stat info {};
  if (::fstat(file.value(), &info) != 0) {
    return io_error("cannot stat");
  }
  return static_cast<std::uint64_t>(info.st_size);
}

Status read_at(const Fd& file, std::uint64_t offset, std::span<iovec> parts) {
  for (parts = skip_bytes(parts, 0); !parts.empty();) {
    const ssize_t got = ::preadv(file.value(), parts.data(), static_cast<int>(parts.size()),
                                 static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return io_error("cannot read");
    }
    if (got == 0) {
      return Error(Code::kConflict, "sealed.file_changed", "shorter than it was");
    }
    offset += static_cast<std::uint64_t>(got);
    parts = skip_bytes(parts, static_cast<std::size_t>(got));
  }
  return {};
}

Status read_at(const Fd& file, std::uint64_t offset, std::span<std::uint8_t> out) {
  iovec part{out.data(), out.size()};
  return read_at(file, offset, std::span(&part, 1));
}

Status write_at(int fd, std::uint64_t offset, std::span<iovec> parts) {
  for (parts = skip_bytes(parts, 0); !parts.empty();) {
    const ssize_t put =
        ::pwritev(fd, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return io_error("cannot write");
    }
    offset += static_cast<std::uint64_t>(put);
    parts = skip_bytes(parts, static_cast<std::size_t>(put));
  }
  return {};
}

Status write_at(int fd, std::uint64_t offset, BytesView data) {
  // pwritev only reads through iov_base, which C could not say.
  iovec part{const_cast<std::uint8_t*>(data.data()), data.size()};
  return write_at(fd, offset, std::span(&part, 1));
}

Result<Bytes> read_whole_file(const std::string& path, std::size_t max) {
  CLAUSTRUM_TRY_ASSIGN(const Fd file, open_regular_file(path));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size, file_size(file));
  if (size > max) {
    return Error(Code::kExhausted, "sealed.file_size", "larger than its kind may be");
  }
  Bytes content(static_cast<std::size_t>(size));
  CLAUSTRUM_TRY(read_at(file, 0, std::span(content)));
  return content;
}

AtomicFile::AtomicFile(Fd fd, std::string folder, std::string name)
    : fd_(std::move(fd)), folder_(std::move(folder)), name_(std::move(name)) {}

std::string AtomicFile::temporary() const {
  return folder_ + "/." + name_ + ".part";
}

Result<AtomicFile> AtomicFile::create(const std::string& folder, const std::string& name) {
  AtomicFile file(Fd(), folder, name);
  file.fd_ = Fd(
      ::open(file.temporary().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.fd() < 0) {
    return io_error("cannot create");
  }
  return file;
}

AtomicFile::~AtomicFile() {
  if (fd() >= 0) {
    (void)::unlink(temporary().c_str());
  }
}

Status AtomicFile::commit() {
  if (::fsync(fd()) != 0 || ::rename(temporary().c_str(), (folder_ + "/" + name_).c_str()) != 0) {
    return io_error("cannot complete");
  }
  fd_ = Fd();
  return sync_folder(folder_);
}

}  // namespace claustrum::sealed
