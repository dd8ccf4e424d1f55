// SPDX-License-Identifier: Apache-2.0
// A system-call filter the engine puts on itself before it reads weights or prompts. The jail
// around it (gateway/core/engine_process.h) takes away files, network and uid; this takes away the
// calls that code gained by an exploited parser would try next: starting programs, other sockets,
// debugging, namespaces, mounts, kernel-attack surface [PROTOCOL 2 "No oracle"].
#pragma once

#include "claustrum/base/result.h"

namespace claustrum::engine {

// For this thread and all it starts, for ever. Denied calls fail with EPERM; a foreign
// architecture's calls end the process. Needs PR_SET_NO_NEW_PRIVS, which it sets.
Status enter_sandbox();

}  // namespace claustrum::engine
