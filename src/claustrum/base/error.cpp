// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/error.h"

namespace claustrum {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::kMalformed:
      return "malformed";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kBadSignature:
      return "bad_signature";
    case Code::kUntrustedRoot:
      return "untrusted_root";
    case Code::kNotYetValid:
      return "not_yet_valid";
    case Code::kExpired:
      return "expired";
    case Code::kRevoked:
      return "revoked";
    case Code::kMismatch:
      return "mismatch";
    case Code::kPolicyDenied:
      return "policy_denied";
    case Code::kStale:
      return "stale";
    case Code::kUnauthorised:
      return "unauthorised";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kExhausted:
      return "exhausted";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string out(to_string(code_));
  out.append(" ").append(reason_);
  if (!text_.empty()) {
    out.append(": ").append(text_);
  }
  return out;
}

}  // namespace claustrum
