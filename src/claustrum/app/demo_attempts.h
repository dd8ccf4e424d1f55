// SPDX-License-Identifier: Apache-2.0
// Four attacks an operator could try, run for real; each must be refused.
#pragma once

#include "claustrum/app/demo_stage.h"

namespace claustrum::app {

struct Attempt {
  std::string name;  // "altered-workload", "debug", "replay", "unknown-root"
  std::string what;  // in words
  bool refused = false;
  std::string by;      // "broker" or "client"
  std::string reason;  // dotted, with the factor
};

Result<std::vector<Attempt>> try_attacks(Stage& stage);

}  // namespace claustrum::app
