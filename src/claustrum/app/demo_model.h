// SPDX-License-Identifier: Apache-2.0
// The model file a user gives to the demo. Checked before anything starts, and given a plain name:
// names end up in release files, arguments and init-data, whose alphabet is small.
#pragma once

#include <string>

#include "claustrum/base/result.h"

namespace claustrum::app {

// A regular file that begins like GGUF: not_found or malformed "demo.model".
Status check_model_file(const std::string& path);
// The file's name without extension, with '_' for what is no letter, digit, '.', '_' or '-'.
std::string plain_model_name(const std::string& path);

}  // namespace claustrum::app
