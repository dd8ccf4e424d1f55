// SPDX-License-Identifier: Apache-2.0
// Asking the demo's question as any OpenAI client does, and checking what came back.
#pragma once

#include <functional>

#include "claustrum/app/demo_stage.h"
#include "claustrum/document/receipt.h"

namespace claustrum::app {

struct Asked {
  std::string answer;
  std::string request_id;
  codec::Json verdict;
  document::ReceiptClaims receipt;
  bool receipt_verified = false;
};

// Streams the answer to `show` piece by piece. Every error stops the demo.
Result<Asked> ask(const Stage& stage, const std::string& question,
                  const std::function<void(std::string_view)>& show);

}  // namespace claustrum::app
