// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/verdict_output.h"

#include <unistd.h>

#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/verify/error_verdict.h"
#include "claustrum/verify/judgement.h"

namespace claustrum::app {

int print_verdict(const verify::Verdict& verdict, Output output) {
  const verify::Judgement& judgement = verdict.judgement();
  return judgement.error ? print_error(*judgement.error, output)
                         : print_verdict(verify::view_of(judgement), output);
}

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
  if (output == Output::kJson) {
    std::printf("%s\n", codec::to_json(verify::error_json(error)).c_str());
    return exit_code(error);
  }
  return report(error);
}

}  // namespace claustrum::app
