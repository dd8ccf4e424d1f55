// SPDX-License-Identifier: Apache-2.0
// One server connection: requests in, answers out, one after the other, on one thread.
#pragma once

#include <atomic>

#include "claustrum/net/http_parse.h"
#include "claustrum/net/socket.h"

namespace claustrum::net {

// What the connections of one server share.
struct ServerState {
  ServerOptions options;
  Handler handler;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> pending_bytes = 0;  // of bodies read and not yet answered
};

// Serves until the peer leaves, an error, "Connection: close" or the server stops. `answering` is
// true while a whole request is being answered. The socket is shut down on return, not closed: its
// owner closes it after joining the thread.
void serve_connection(Socket& socket, ServerState& server, std::atomic<bool>& answering);

// 503 with Retry-After to a connection beyond the limit.
void refuse_connection(Socket& socket);

}  // namespace claustrum::net
