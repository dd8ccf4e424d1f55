// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/command.h"

#include <cstdio>

#include "claustrum/codec/hex.h"

namespace claustrum::app {

int exit_code(const Error& error) {
  switch (error.code()) {
    case Code::kMalformed:
      return kMalformed;
    case Code::kUnsupported:
      return kUnsupported;
    case Code::kExhausted:
      // Input over a limit of its format; a full disk is no fault of the input.
      return error.reason().starts_with("store.") ? kInternal : kMalformed;
    case Code::kInternal:
    case Code::kUnavailable:
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

Result<Bytes> hex_option(std::string_view option, const std::string& text, std::size_t length) {
  Result<Bytes> value = codec::hex_decode(text);
  if (!value.ok()) {
    return bad_option(option, value.error());
  }
  if (length != 0 && value->size() != length) {
    return bad_option(option, Error(Code::kMalformed, "usage",
                                    "wants " + std::to_string(2 * length) + " hex digits"));
  }
  return value;
}

}  // namespace claustrum::app
