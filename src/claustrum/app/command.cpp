// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/command.h"

#include <cstdio>

namespace claustrum::app {

int exit_code(const Error& error) {
  switch (error.code()) {
    case Code::kMalformed:
      return kMalformed;
    case Code::kUnsupported:
      return kUnsupported;
    case Code::kInternal:
    case Code::kUnavailable:
    case Code::kExhausted:
    case Code::kConflict:
      return kInternal;
    case Code::kNotFound:
      return kUsage;
    case Code::kBadSignature:
    case Code::kUntrustedRoot:
    case Code::kNotYetValid:
    case Code::kExpired:
    case Code::kRevoked:
    case Code::kMismatch:
    case Code::kPolicyDenied:
    case Code::kStale:
    case Code::kUnauthorised:
      return kRefused;
  }
  return kInternal;
}

int report(const Error& error) {
  std::fprintf(stderr, "claustrum: %s\n", error.message().c_str());
  return exit_code(error);
}

Error bad_option(std::string_view option, const Error& error) {
  return Error(Code::kNotFound, "usage", std::string(option) + ": " + error.text());
}

}  // namespace claustrum::app
