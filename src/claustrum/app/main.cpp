// SPDX-License-Identifier: Apache-2.0
// The one binary. This file lists what it is made of.
#include <array>

#include "claustrum/app/command.h"

namespace claustrum::app {
namespace {

constexpr std::array<Add, 10> kCommands = {add_verify,  add_measure, add_seal,   add_profile,
                                           add_ledger,  add_sim,     add_broker, add_serve,
                                           add_connect, add_demo};

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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kUsage;
  }
  return chosen ? chosen() : kUsage;
}

}  // namespace
}  // namespace claustrum::app

int main(int argc, char** argv) {
  return claustrum::app::run(argc, argv);
}
