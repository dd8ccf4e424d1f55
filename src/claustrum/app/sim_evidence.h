// SPDX-License-Identifier: Apache-2.0
// `claustrum sim evidence`: one folder with simulated evidence, its collateral and a case.json of
// the shape that `claustrum verify --case` reads. For trying verifiers and policies without the
// hardware; no vendor signed it, and every part says so.
#pragma once

#include "claustrum/app/command.h"

namespace claustrum::app {

void add_sim_evidence(CLI::App& sim, Run& chosen);

}  // namespace claustrum::app
