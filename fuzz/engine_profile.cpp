// SPDX-License-Identifier: Apache-2.0
// Opened request bodies from anonymous clients: bounded, and only named members pass.
#include <cstdint>

#include "claustrum/gateway/core/engine_profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claustrum::BytesView body(data, size);
  const auto checked = claustrum::gateway::check_engine_request("openai-chat/1", "POST",
                                                                "/v1/chat/completions", body);
  if (checked.ok() && claustrum::as_text(body).find('{') == std::string_view::npos) {
    __builtin_trap();
  }
  return 0;
}
