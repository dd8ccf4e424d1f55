// SPDX-License-Identifier: Apache-2.0
// Files for subcommands: bounded reads, atomic and durable writes.
#pragma once

#include <functional>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"
#include "claustrum/base/secret.h"

namespace claustrum::app {

inline constexpr std::size_t kMaxFile = std::size_t{16} << 20;

// "-" reads standard input. not_found "file.missing" (no such file) or "file.read" (it cannot be
// read), exhausted "file.size".
Result<Bytes> read_file(const std::string& path, std::size_t max_bytes = kMaxFile);
// The same, but not_found "file.kind" for what is no regular file.
Result<Bytes> read_regular_file(const std::string& path, std::size_t max_bytes = kMaxFile);
Result<SecretBytes> read_secret_file(const std::string& path, std::size_t max_bytes = 64 * 1024);
// Temporary file in the same folder, fsync, rename, fsync of the folder. `mode` as chmod.
Status write_file(const std::string& path, BytesView contents, unsigned mode = 0644);
// The same, but conflict "file.exists" where there is a file already, which stays as it is.
Status create_file(const std::string& path, BytesView contents, unsigned mode);
// The file's contents. Where there is none yet, what `make` gives is put there (0600); of processes
// that do so at the same time, one makes it and all get the same. Never overwrites.
Result<SecretBytes> read_or_create_secret(const std::string& path, std::size_t max_bytes,
                                          const std::function<SecretBytes()>& make);

}  // namespace claustrum::app
