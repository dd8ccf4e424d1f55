// SPDX-License-Identifier: Apache-2.0
// What the demo shows at its end: one JSON object, and the same as one screen.
#pragma once

#include "claustrum/app/demo_ask.h"
#include "claustrum/app/demo_attempts.h"

namespace claustrum::app {

struct LogIdentity {
  std::string origin;
  std::string key;
};
// The log that the demo's profile names.
Result<LogIdentity> log_of_profile(const Stage& stage);

// Sizes, times and a sample of what passed the operator, and whether text of the question or the
// answer was among it.
codec::Json observed_json(const Tap& tap, const std::string& question, const std::string& answer);
codec::Json result_json(const Stage& stage, const Asked& asked,
                        const std::vector<Attempt>& attempts, const codec::Json& observed,
                        const codec::Json& ledger, bool keep);
// Answer complete, receipt verified, every attempt refused, nothing readable seen.
bool all_held(const codec::Json& result);
std::string screen(const codec::Json& result, bool colour);

}  // namespace claustrum::app
