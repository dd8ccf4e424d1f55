// SPDX-License-Identifier: Apache-2.0
// One server connection: requests in, answers out, one after the other, on one thread.
#pragma once

#include <atomic>

#include "claustrum/net/http_parse.h"
#include "claustrum/net/socket.h"

namespace claustrum::net {

// Serves until the peer leaves, an error, "Connection: close" or `stopping`. The socket is shut
// down on return, not closed: its owner closes it after joining the thread.
void serve_connection(Socket& socket, const ServerOptions& options, const Handler& handler,
                      const std::atomic<bool>& stopping);

// 503 with Retry-After to a connection beyond the limit.
void refuse_connection(Socket& socket);

}  // namespace claustrum::net
