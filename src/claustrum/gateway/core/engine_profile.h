// SPDX-License-Identifier: Apache-2.0
// Engine profiles [PROTOCOL 7]: which methods, paths and request members may reach an engine. All
// else is answered before the engine: slot, cache, adapter, metrics, debug and admin paths never,
// and no member that could switch on prompt caching across clients or write files.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::gateway {

// Longest request body. With its padding it fits a sealed request many times over.
inline constexpr std::size_t kMaxRequestBody = std::size_t{1} << 20;

// Profile "openai-chat/1". not_found "engine.path" for a path or method outside it; exhausted
// "engine.size" for a body over its limit; malformed "engine.request" for one that is no JSON
// object (for a GET: not empty); unsupported "engine.member" for a member that the profile does not
// name (the text names it).
Status check_engine_request(std::string_view profile, std::string_view method,
                            std::string_view path, BytesView body);

// {"error":{"message","type","param":null,"code"}}, as OpenAI clients read it.
std::string openai_error(std::string_view type, std::string_view code, std::string_view message);

}  // namespace claustrum::gateway
