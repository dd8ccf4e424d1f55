#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The README's example for embedders compiles as it stands there against the installed header and the
# shared library alone, has at most 15 lines, and judges.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
python3 - "$CLAUSTRUM_ROOT/README.md" > example.h <<'PYTHON' || exit 1
import re, sys
blocks = re.findall(r"^```cpp\n(.*?)^```$", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S)
assert len(blocks) == 1, f"{len(blocks)} examples in C++"
lines = blocks[0].splitlines()
assert len(lines) <= 15, f"{len(lines)} lines"
print(blocks[0])
PYTHON
mkdir -p include/claustrum/verify
cp "$CLAUSTRUM_ROOT/src/claustrum/verify/verify.h" include/claustrum/verify/
cat > main.cpp <<'CPP'
#include "example.h"

#include <ctime>
#include <fstream>
#include <iterator>

static std::vector<std::uint8_t> file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// FOLDER POLICY REPORT-DATA: 0 where the example lets it pass.
int main(int, char** arguments) {
  const std::string folder = std::string(arguments[1]) + "/";
  Collateral collateral;
  for (const char* name : {"vcek", "ask", "ark", "crl"}) {
    collateral[name] = file(folder + name + ".der");
  }
  const auto policy = file(arguments[2]);
  return !may_have_the_key(file(folder + "evidence.bin"), file(arguments[3]), collateral,
                           {reinterpret_cast<const char*>(policy.data()), policy.size()}, std::time(nullptr));
}
CPP
expect 0 "it compiles" g++ -std=c++20 -Wall -Wextra -Werror -Iinclude main.cpp "$CLAUSTRUM_BUILD/libclaustrum-verify.so" \
  "-Wl,-rpath,$CLAUSTRUM_BUILD" -o example
expect 0 "simulated evidence" "$CLAUSTRUM" sim evidence --platform amd-sev-snp --authority authority \
  --report-data "$(printf '5a%.0s' $(seq 64))" --out case
printf '\x5a%.0s' $(seq 64) > data
root=$(python3 -c 'import json; print(json.load(open("case/case.json"))["root"])')
cat > policy.toml <<TOML
version = 2
name = "the example"
[platform.amd-sev-snp]
product = { exact = "Milan" }
provider = { exact = "" }
debug = { exact = false }
migration = { exact = false }
privilege-level = { exact = 0 }
hardware-id = { ignore = "any chip" }
measurements.measurement = { one-of = ["$(printf '0%.0s' $(seq 96))"] }
tcb = { ignore = "a test" }
[init-data]
digest = { exact = "$(printf '0%.0s' $(seq 64))" }
[[simulated]]
root = "$root"
reason = "a test"
until = "2100-01-01T00:00:00Z"
[[waive]]
factor = "collateral-current"
reason = "a test"
until = "2100-01-01T00:00:00Z"
TOML
expect 1 "accepted by the policy, but simulated" ./example case policy.toml data; says ACCEPTED; says "SIMULATED: NO PROTECTION"
expect 1 "a wrong nonce" ./example case policy.toml case/vcek.der; says verify.report_data
finish
