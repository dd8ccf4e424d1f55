// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/program.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

#include "claustrum/app/verdict_output.h"

namespace claustrum::app {

namespace {

int run_chosen(const Run& chosen) {
  try {
    return chosen ? chosen() : kUsage;
  } catch (const std::exception&) {
    // Nothing of ours throws; what a library threw past its adapter may quote what it was given.
    std::fprintf(stderr, "claustrum: internal: an exception nobody expected\n");
    return kInternal;
  }
}

// A verdict that nobody got is no success.
int settled(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return code;
  }
  const int failed = report(
      Error(Code::kUnavailable, "output.write", "cannot write all of it to standard output"));
  return code == kAccepted ? failed : code;
}

}  // namespace

void hold_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) {
      (void)::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    }
  }
}

int run_program(CLI::App& app, int argc, char** argv, const Run& chosen, UsageError usage) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) {
      return settled(kAccepted);  // --help and --version
    }
    if (usage == UsageError::kJsonVerdict) {
      (void)print_error(Error(Code::kNotFound, "usage", error.what()), Output::kJson);
    }
    return settled(kUsage);
  }
  return settled(run_chosen(chosen));
}

bool has_argument(int argc, char** argv, int first, std::string_view wanted) {
  return argc > first && std::any_of(argv + first, argv + argc,
                                     [wanted](const char* argument) { return argument == wanted; });
}

}  // namespace claustrum::app
