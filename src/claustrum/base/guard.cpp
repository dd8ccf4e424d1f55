// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/guard.h"

#ifdef CLAUSTRUM_MUTATION
#include <cstdlib>

namespace claustrum {

bool guard_disabled(std::string_view name) {
  static const char* const disabled = std::getenv("CLAUSTRUM_MUTANT");
  return disabled != nullptr && name == disabled;
}

}  // namespace claustrum
#endif
