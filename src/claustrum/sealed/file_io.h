// SPDX-License-Identifier: Apache-2.0
// The few file operations sealing needs: exact reads and writes at an offset, and files that appear
// whole or not at all, so a crash or kill while sealing leaves nothing that looks like a model.
#pragma once

#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

struct iovec;

namespace claustrum::sealed {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int value() const { return fd_; }
  int release();

 private:
  void reset();
  int fd_ = -1;
};

// A regular file, for reading: not_found or unavailable "sealed.file".
Result<Fd> open_regular_file(const std::string& path);
Result<std::uint64_t> file_size(const Fd& file);
// Fills all of `parts`; conflict "sealed.file_changed" when the file ends before.
Status read_at(const Fd& file, std::uint64_t offset, std::span<iovec> parts);
Status read_at(const Fd& file, std::uint64_t offset, std::span<std::uint8_t> out);
Status write_at(int fd, std::uint64_t offset, std::span<iovec> parts);
Status write_at(int fd, std::uint64_t offset, BytesView data);
// At most `max` bytes, else exhausted "sealed.file_size".
Result<Bytes> read_whole_file(const std::string& path, std::size_t max);

// A file under a temporary name until commit() has synced and renamed it; removed if never
// committed.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::string& folder, const std::string& name);
  AtomicFile(AtomicFile&&) noexcept = default;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();
  int fd() const { return fd_.value(); }
  // File synced, renamed over the final name, folder synced.
  Status commit();

 private:
  AtomicFile(Fd fd, std::string folder, std::string name);
  std::string temporary() const;
  Fd fd_;
  std::string folder_;
  std::string name_;
};

}  // namespace claustrum::sealed
