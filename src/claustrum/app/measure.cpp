// SPDX-License-Identifier: Apache-2.0
// `claustrum measure`: the reference value of a program as `claustrum sim run` measures it.
#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/simulator/launch.h"

namespace claustrum::app {

namespace {

int run(const std::string& path) {
  const Result<Bytes> contents = read_file(path, std::size_t{512} << 20);
  if (!contents.ok()) {
    return report(contents.error());
  }
  std::printf("%s\n", codec::hex_encode(simulator::measure_workload(*contents)).c_str());
  return kAccepted;
}

}  // namespace

void add_measure(CLI::App& parent, Run& chosen) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = parent.add_subcommand("measure", "Compute reference measurements");
  command->add_option("program", *path, "program to measure as the simulator does")->required();
  command->footer("Prints 96 hex digits. Simulated: no hardware measures a program like this.");
  command->callback([&chosen, path] { chosen = [path] { return run(*path); }; });
}

}  // namespace claustrum::app
