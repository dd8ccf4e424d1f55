// SPDX-License-Identifier: Apache-2.0
// The one binary. This file lists what it is made of.
#include <array>
#include <cstdio>
#include <string_view>

#include "claustrum/app/program.h"
#include "claustrum/app/service_loop.h"

namespace claustrum::app {
namespace {

constexpr std::array<Add, 12> kCommands = {add_verify,  add_policy, add_measure, add_seal,
                                           add_profile, add_ledger, add_ear,     add_sim,
                                           add_broker,  add_serve,  add_connect, add_demo};

// Programs that asked for a verdict as JSON get one object whatever happens, wrong usage included.
UsageError usage_error(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  const bool gives_verdict =
      command == "verify" || command == "connect" || command == "policy" || command == "ear";
  return gives_verdict && has_argument(argc, argv, 2, "--json") ? UsageError::kJsonVerdict
                                                                : UsageError::kText;
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
  // Short-lived commands handle keys too.
  forbid_core_dumps();
  return run_program(app, argc, argv, chosen, usage_error(argc, argv));
}

}  // namespace
}  // namespace claustrum::app

int main(int argc, char** argv) {
  claustrum::app::hold_standard_streams();
  return claustrum::app::run(argc, argv);
}
