// SPDX-License-Identifier: Apache-2.0
// The one binary. This file lists what it is made of.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "claustrum/app/command.h"
#include "claustrum/app/service_loop.h"
#include "claustrum/app/verdict_output.h"

namespace claustrum::app {
namespace {

constexpr std::array<Add, 11> kCommands = {add_verify,  add_policy,  add_measure, add_seal,
                                           add_profile, add_ledger,  add_sim,     add_broker,
                                           add_serve,   add_connect, add_demo};

// Programs that asked for a verdict as JSON get one object whatever happens, wrong usage included.
bool wants_json_verdict(int argc, char** argv) {
  const auto is = [](std::string_view wanted) {
    return [wanted](const char* argument) { return argument == wanted; };
  };
  return argc > 2 && (is("verify")(argv[1]) || is("connect")(argv[1]) || is("policy")(argv[1])) &&
         std::any_of(argv + 2, argv + argc, is("--json"));
}

int run(int argc, char** argv) {
  CLI::App app("Confidential AI: verify TEEs, release keys to them, talk to models inside them.",
               "claustrum");
  app.set_version_flag("--version", "claustrum 0.1.0");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 accepted, 10 refused, 20 unsupported, 30 malformed, 2 usage, 1 internal.\n"
      "Start with: claustrum demo");
  Run chosen;
  for (const Add add : kCommands) {
    add(app, chosen);
  }
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) {
      return kAccepted;  // --help and --version
    }
    if (wants_json_verdict(argc, argv)) {
      (void)print_error(Error(Code::kNotFound, "usage", error.what()), Output::kJson);
    }
    return kUsage;
  }
  // Short-lived commands handle keys too.
  forbid_core_dumps();
  try {
    return chosen ? chosen() : kUsage;
  } catch (const std::exception&) {
    // Nothing of ours throws; what a library threw past its adapter may quote what it was given.
    std::fprintf(stderr, "claustrum: internal: an exception nobody expected\n");
    return kInternal;
  }
}

// A standard stream that the caller closed leaves its number to the first file opened, a key file
// for example, and what is printed would go there. Something takes the number that only fails.
void hold_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) {
      (void)::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    }
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
}  // namespace claustrum::app

int main(int argc, char** argv) {
  claustrum::app::hold_standard_streams();
  return claustrum::app::settled(claustrum::app::run(argc, argv));
}
