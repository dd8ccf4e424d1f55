// SPDX-License-Identifier: Apache-2.0
// Bounded reads of files named on the command line. Apart from files.h, so that claustrum-verify
// has nothing in it that writes.
#pragma once

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

}  // namespace claustrum::app
