// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "claustrum/app/descriptor.h"

namespace claustrum::app {

namespace {

// Whoever makes what is missing must not take "cannot read" for "is not there": the file would be
// replaced.
Error read_error(const std::string& path, int fault) {
  const std::string_view reason = fault == ENOENT ? "file.missing" : "file.read";
  return Error(Code::kNotFound, reason,
               "cannot read " + path + ": " + std::generic_category().message(fault));
}

// Hands each block to `take`; stops with an error beyond max_bytes.
template <typename Take>
Status read_blocks(const std::string& path, int flags, std::size_t max_bytes, Take take) {
  const Descriptor file(path == "-" ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (file.fd() < 0) {
    return read_error(path, errno);
  }
  struct stat status {};
  // A pipe that nobody writes to would hold us up for ever.
  if ((flags & O_NONBLOCK) != 0 && (::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode))) {
    return Error(Code::kNotFound, "file.kind", path + " is no regular file");
  }
  std::size_t total = 0;
  SecretBytes block(std::size_t{64} * 1024);
  for (;;) {
    const ssize_t count = ::read(file.fd(), block.writable().data(), block.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return read_error(path, errno);
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

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t max_bytes) {
  Bytes out;
  CLAUSTRUM_TRY(read_blocks(path, 0, max_bytes, [&](BytesView block) { append(out, block); }));
  return out;
}

Result<Bytes> read_regular_file(const std::string& path, std::size_t max_bytes) {
  Bytes out;
  CLAUSTRUM_TRY(
      read_blocks(path, O_NONBLOCK, max_bytes, [&](BytesView block) { append(out, block); }));
  return out;
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t max_bytes) {
  SecretBytes out;
  CLAUSTRUM_TRY(read_blocks(path, 0, max_bytes, [&](BytesView block) { out.append(block); }));
  return out;
}

}  // namespace claustrum::app
