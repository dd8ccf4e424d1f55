// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "claustrum/app/descriptor.h"

namespace claustrum::app {

namespace {

Error write_error(const std::string& path, int fault) {
  return Error(Code::kUnavailable, "file.write",
               "cannot write " + path + ": " + std::generic_category().message(fault));
}

bool write_all(int fd, BytesView contents) {
  while (!contents.empty()) {
    const ssize_t count = ::write(fd, contents.data(), contents.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    contents = contents.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

enum class Existing { kReplace, kKeep };

// What a failed step left in errno.
Error fault_of(const std::string& path) {
  return errno == EEXIST ? Error(Code::kConflict, "file.exists", path + " exists already")
                         : write_error(path, errno);
}

// Gives the finished file its name. Both ways to keep an existing one are atomic; a file system may
// lack the first.
bool give_name(const std::string& temporary, const std::string& path, Existing existing) {
  if (existing == Existing::kReplace) {
    return ::rename(temporary.c_str(), path.c_str()) == 0;
  }
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    (void)::unlink(temporary.c_str());
    return true;
  }
  return errno != EEXIST &&
         ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0;
}

Status put_file(const std::string& path, BytesView contents, unsigned mode, Existing existing) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.fd() < 0) {
    return write_error(path, errno);
  }
  if (!write_all(file.fd(), contents) || ::fchmod(file.fd(), static_cast<mode_t>(mode)) != 0 ||
      ::fsync(file.fd()) != 0 || !give_name(temporary, path, existing)) {
    Error error = fault_of(path);
    (void)::unlink(temporary.c_str());
    return error;
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const Descriptor folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) {
    return write_error(path, errno);
  }
  return ok_status();
}

}  // namespace

Status write_file(const std::string& path, BytesView contents, unsigned mode) {
  return put_file(path, contents, mode, Existing::kReplace);
}

Status create_file(const std::string& path, BytesView contents, unsigned mode) {
  return put_file(path, contents, mode, Existing::kKeep);
}

Result<SecretBytes> read_or_create_secret(const std::string& path, std::size_t max_bytes,
                                          const std::function<SecretBytes()>& make) {
  Result<SecretBytes> existing = read_secret_file(path, max_bytes);
  if (existing.ok() || existing.error().reason() != "file.missing") {
    return existing;
  }
  SecretBytes fresh = make();
  Status created = create_file(path, fresh.reveal(), 0600);
  if (created.ok()) {
    return fresh;
  }
  // Another process was quicker: its key is the one that counts.
  return created.error().reason() == "file.exists"
             ? read_secret_file(path, max_bytes)
             : Result<SecretBytes>(std::move(created).error());
}

}  // namespace claustrum::app
