// SPDX-License-Identifier: Apache-2.0
// Files for subcommands: bounded reads, atomic and durable writes.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"
#include "claustrum/base/secret.h"

namespace claustrum::app {

inline constexpr std::size_t kMaxFile = std::size_t{16} << 20;

// "-" reads standard input. not_found "file.read", exhausted "file.size".
Result<Bytes> read_file(const std::string& path, std::size_t max_bytes = kMaxFile);
Result<SecretBytes> read_secret_file(const std::string& path, std::size_t max_bytes = 64 * 1024);
// Temporary file in the same folder, fsync, rename, fsync of the folder. `mode` as chmod.
Status write_file(const std::string& path, BytesView contents, unsigned mode = 0644);

}  // namespace claustrum::app
