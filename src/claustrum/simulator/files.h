// SPDX-License-Identifier: Apache-2.0
// Files of a simulated authority: small, private to their owner, never overwritten.
#pragma once

#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::simulator {

Status make_private_directory(const std::string& path);           // 0700, must not exist
Status write_new_file(const std::string& path, BytesView bytes);  // 0600, must not exist
Result<Bytes> read_file(const std::string& path);                 // at most 64 KiB

}  // namespace claustrum::simulator
