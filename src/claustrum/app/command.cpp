// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/command.h"

#include <cstdio>

#include "claustrum/codec/hex.h"
#include "claustrum/verify/error_verdict.h"

namespace claustrum::app {

int exit_code(const Error& error) {
  return verify::exit_code(error);
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
