// SPDX-License-Identifier: Apache-2.0
// From an opened request to the engine and back into a sealed answer. Event streams leave in blocks
// of one size, one chunk a tick, whether or not the engine had something to say; everything else is
// collected first, so that only a size bucket and one time can be seen. The engine may be hostile:
// its answer is bounded in bytes and time, and of its headers only the status and one of two
// content types go on.
#pragma once

#include "claustrum/gateway/server/sealed_answer.h"

namespace claustrum::gateway {

struct RelayOptions {
  net::Endpoint engine;
  int tick_ms = 50;
  std::size_t block = 512;
  std::size_t max_answer = std::size_t{8} << 20;
  int idle_ms = 600'000;     // longest silence of the engine
  int total_ms = 3'600'000;  // longest answer
};

struct RelayResult {
  document::Outcome outcome = document::Outcome::kEngineFailed;
  int status = 0;  // the engine's; 0: it gave none
};

// Starts `answer` and writes its content; the caller ends it. Unless the outcome is complete, it
// may be that `answer` was not started. Once the client is gone the engine's connection is closed.
RelayResult relay_to_engine(const RelayOptions& options, const channel::BhttpRequest& request,
                            SealedAnswer& answer);

}  // namespace claustrum::gateway
