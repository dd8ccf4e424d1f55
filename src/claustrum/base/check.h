// SPDX-License-Identifier: Apache-2.0
// CLAUSTRUM_CHECK aborts, in every build, on a bug of ours. It is never reachable from input.
#pragma once

namespace claustrum {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace claustrum

#define CLAUSTRUM_CHECK(condition)                               \
  do {                                                           \
    if (!(condition)) {                                          \
      ::claustrum::check_failed(#condition, __FILE__, __LINE__); \
    }                                                            \
  } while (false)
