// SPDX-License-Identifier: Apache-2.0
// Starts the engine inside its namespaces and its own root [PROTOCOL 1, 2 "No oracle"]. Internal to
// engine_process. Guards against an engine that was taken over: whatever is not mounted, open or
// allowed here does not exist for it.
#pragma once

#include "claustrum/gateway/core/engine_process.h"

namespace claustrum::gateway {

// A file of the engine as it was hashed. It goes from memory into a file system that only the
// engine's mount namespace has: no disk, which may be the host's, lies between hash and start.
struct HashedFile {
  std::string name;
  Bytes contents;
};

// `directory` holds run/ (for the socket, owned by the engine's uid) and root/ (empty: the engine's
// root is built over it). `files` begins with the executable. Returns once the engine was executed:
// unavailable "engine.start" names the step that failed otherwise.
Result<pid_t> spawn_jailed(const EngineSpec& spec, const std::vector<HashedFile>& files,
                           const std::string& directory);

}  // namespace claustrum::gateway
