// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/verdict_output.h"

#include <unistd.h>

#include <cstdio>

#include "claustrum/app/command.h"

namespace claustrum::app {

namespace {

std::string_view verdict_word(const Error& error) {
  switch (exit_code(error)) {
    case kRefused:
      return "refused";
    case kUnsupported:
      return "unsupported";
    case kMalformed:
      return "malformed";
    case kUsage:
      return "usage";
    default:
      // Nothing was judged since somebody else was not there; trying again may help.
      return error.code() == Code::kUnavailable ? "unavailable" : "internal";
  }
}

}  // namespace

int print_verdict(const policy::VerdictView& view, Output output) {
  if (output == Output::kJson) {
    std::printf("%s\n", codec::to_json(policy::verdict_json(view)).c_str());
  } else {
    const bool terminal = ::isatty(1) == 1;
    const auto colour = terminal ? policy::Colour::kOn : policy::Colour::kOff;
    std::printf("%s", policy::explain(view, colour).c_str());
  }
  return policy::exit_code(view.verdict);
}

int print_error(const Error& error, Output output) {
  const int code = exit_code(error);
  if (output == Output::kJson) {
    codec::Json factor = codec::Json::object();
    factor.set("id", "input")
        .set("status", "fail")
        .set("expected", "input that can be judged")
        .set("found", error.text())
        .set("reason", error.reason())
        .set("advice", "");
    codec::Json out = codec::Json::object();
    out.set("verdict", verdict_word(error))
        .set("platform", nullptr)
        .set("simulated", false)
        .set("time", nullptr)
        .set("factors", codec::Json::Array{factor})
        .set("claims", nullptr)
        .set("waivers", codec::Json::array());
    std::printf("%s\n", codec::to_json(out).c_str());
    return code;
  }
  return report(error);
}

}  // namespace claustrum::app
