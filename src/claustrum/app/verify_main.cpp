// SPDX-License-Identifier: Apache-2.0
// claustrum-verify: `claustrum verify` as a program of its own, made of libclaustrum-verify and the
// reading of files, for places that want a verifier and nothing else [ARCHITECTURE 6]. Guards
// against an auditor having to read a network stack to trust a verdict: tests/cli/verify_binary.sh
// shows what is linked.
#include "claustrum/app/program.h"
#include "claustrum/app/verify_command.h"

int main(int argc, char** argv) {
  using namespace claustrum::app;
  hold_standard_streams();
  CLI::App app(std::string(kVerifyDescription), "claustrum-verify");
  app.set_version_flag("--version", "claustrum-verify 0.1.0");
  Run chosen;
  set_up_verify(app, "claustrum-verify", chosen);
  const bool json = has_argument(argc, argv, 1, "--json");
  return run_program(app, argc, argv, chosen, json ? UsageError::kJsonVerdict : UsageError::kText);
}
