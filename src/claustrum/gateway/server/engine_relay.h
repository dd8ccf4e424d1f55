// SPDX-License-Identifier: Apache-2.0
// From an opened request to the engine and back into a sealed answer. Event streams leave in blocks
// of one size, one a tick, whether or not the engine had something to say; everything else is
// collected first, so that only a size bucket and one time can be seen.
#pragma once

#include "claustrum/gateway/server/sealed_answer.h"

namespace claustrum::gateway {

struct RelayOptions {
  net::Endpoint engine;
  int tick_ms = 50;
  std::size_t block = 512;
  std::size_t max_answer = std::size_t{8} << 20;
};

struct RelayResult {
  document::Outcome outcome = document::Outcome::kEngineFailed;
  int status = 0;
  bool shaped = false;
};

// Starts `answer` and writes its content; the caller ends it. When the engine gave no answer at
// all, `answer` stays unstarted.
RelayResult relay_to_engine(const RelayOptions& options, const channel::BhttpRequest& request,
                            SealedAnswer& answer);

}  // namespace claustrum::gateway
