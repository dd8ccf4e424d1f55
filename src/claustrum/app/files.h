// SPDX-License-Identifier: Apache-2.0
// Files for subcommands: bounded reads (read_file.h), atomic and durable writes.
#pragma once

#include <functional>

#include "claustrum/app/read_file.h"

namespace claustrum::app {

// Temporary file in the same folder, fsync, rename, fsync of the folder. `mode` as chmod.
Status write_file(const std::string& path, BytesView contents, unsigned mode = 0644);
// The same, but conflict "file.exists" where there is a file already, which stays as it is.
Status create_file(const std::string& path, BytesView contents, unsigned mode);
// The file's contents. Where there is none yet, what `make` gives is put there (0600); of processes
// that do so at the same time, one makes it and all get the same. Never overwrites.
Result<SecretBytes> read_or_create_secret(const std::string& path, std::size_t max_bytes,
                                          const std::function<SecretBytes()>& make);

}  // namespace claustrum::app
