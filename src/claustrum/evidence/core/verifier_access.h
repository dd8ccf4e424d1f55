// SPDX-License-Identifier: Apache-2.0
// The one maker of the passkey that Verified<T> demands. Only a platform's verify.cpp includes this
// header; whoever else does can forge authenticity, so the include is what a reviewer greps for.
#pragma once

#include "claustrum/evidence/core/verification.h"

namespace claustrum::evidence {

class VerifierAccess {
 public:
  template <typename T>
  static Verified<T> verified(T value) {
    return Verified<T>(std::move(value), VerifierKey());
  }
};

}  // namespace claustrum::evidence
