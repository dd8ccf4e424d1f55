// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace claustrum {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "internal error: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace claustrum
