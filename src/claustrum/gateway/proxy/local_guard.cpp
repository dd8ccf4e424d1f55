// SPDX-License-Identifier: Apache-2.0
// Each of the three checks holds alone against one kind of visitor; all three are always made.
#include "claustrum/gateway/proxy/local_guard.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"
#include "claustrum/net/http_text.h"

namespace claustrum::gateway {

namespace {

bool loopback_host(std::string_view host) {
  const bool bracketed = host.starts_with("[");
  const std::size_t end = bracketed ? host.find(']') : host.find(':');
  const std::string_view name = host.substr(0, bracketed && end != host.npos ? end + 1 : end);
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

}  // namespace

Status LocalGuard::check(const net::Request& request) const {
  // A browser page reached through DNS rebinding sends its own name here.
  const std::optional<std::string_view> host = request.headers.find("Host");
  if (!CLAUSTRUM_GUARD("gateway.proxy.host", host.has_value() && loopback_host(*host))) {
    return Error(Code::kUnauthorised, "local.host",
                 "this proxy answers to 127.0.0.1 and localhost only");
  }
  // Every cross-site request of a browser carries Origin; no API client does.
  if (!CLAUSTRUM_GUARD("gateway.proxy.origin", request.headers.count("Origin") == 0)) {
    return Error(Code::kUnauthorised, "local.origin", "web pages may not use this proxy");
  }
  constexpr std::string_view kBearer = "Bearer ";
  constexpr std::size_t kMinTokenLen = 8;
  const std::optional<std::string_view> authorization = request.headers.find("Authorization");
  // An empty token file must not let everybody in.
  const bool known =
      token_.size() >= kMinTokenLen && authorization.has_value() &&
      net::equal_ignoring_case(authorization->substr(0, kBearer.size()), kBearer) &&
      equal_constant_time(as_bytes(authorization->substr(kBearer.size())), token_.reveal());
  if (!CLAUSTRUM_GUARD("gateway.proxy.token", known)) {
    return Error(Code::kUnauthorised, "local.token",
                 "pass the proxy's token as the API key (OPENAI_API_KEY)");
  }
  return ok_status();
}

std::string make_local_token() {
  return "ck-" + codec::base64url_encode(crypto::random_array<32>());
}

}  // namespace claustrum::gateway
