// SPDX-License-Identifier: Apache-2.0
// Running an HTTP service until it is told to stop, without leaving secrets in core dumps.
#pragma once

#include <csignal>

#include "claustrum/base/log.h"
#include "claustrum/net/http.h"

namespace claustrum::app {

// Of this process and all it starts.
void forbid_core_dumps();
// No core dump, no ptrace by others of the same user.
void harden_process();

// SIGTERM, SIGINT, and SIGHUP (a closed terminal) unless it is ignored, as under nohup.
sigset_t stop_signals();
// First thing in a service, before any thread starts: only serve_until_stopped takes these signals,
// so that a stop always runs destructors.
void block_stop_signals();

// Listens, writes the first bound address to `ready_file` (if named), waits for a signal, stops
// cleanly.
Result<int> serve_until_stopped(const std::vector<std::string>& listen,
                                const std::string& ready_file, Log& log, net::Handler handler,
                                net::Admit admit);

}  // namespace claustrum::app
