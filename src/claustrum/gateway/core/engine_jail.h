// SPDX-License-Identifier: Apache-2.0
// Starts the engine inside its namespaces and its own root. Internal to engine_process.
#pragma once

#include "claustrum/gateway/core/engine_process.h"

namespace claustrum::gateway {

// `directory` holds engine/ (files to run), run/ (socket, owned by the engine's uid) and root/
// (empty: becomes the engine's root). Returns the child's pid; what fails inside the child ends it.
Result<pid_t> spawn_jailed(const EngineSpec& spec, const std::string& directory);

}  // namespace claustrum::gateway
