// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/caller.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/net/http_text.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kScheme = "Bearer ";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ') || text.ends_with('\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// "a=1; kbs-session-id=x; b=2" [RFC 6265 4.2.1].
std::optional<std::string_view> session_in(std::string_view cookies) {
  while (!cookies.empty()) {
    const std::size_t end = cookies.find(';');
    const std::string_view pair = trimmed(cookies.substr(0, end));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == kbs::kSessionCookie) {
      return pair.substr(equals + 1);
    }
    cookies = end == std::string_view::npos ? std::string_view() : cookies.substr(end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> session_cookie(const net::Headers& headers) {
  for (const net::HeaderField& field : headers.list()) {
    if (net::equal_ignoring_case(field.name, "Cookie")) {
      const std::optional<std::string_view> id = session_in(field.value);
      if (id.has_value()) {
        return id;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> bearer_token(const net::Headers& headers) {
  const std::optional<std::string_view> value = headers.find("Authorization");
  if (!value.has_value() || value->size() <= kScheme.size() ||
      !net::equal_ignoring_case(value->substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  return trimmed(value->substr(kScheme.size()));
}

Result<std::string> session_named_in(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos) {
    return Error(Code::kUnauthorised, "broker.bearer", "the bearer token is no attestation token");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes payload,
                       codec::base64url_decode(token.substr(first + 1, second - first - 1)));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json claims, codec::parse_json(payload));
  return claims.string_at("jti");
}

Result<std::shared_ptr<Session>> find_caller(Sessions& sessions, const net::Headers& headers,
                                             Instant now) {
  const std::optional<std::string_view> id = session_cookie(headers);
  if (id.has_value()) {
    return sessions.find(*id, now);
  }
  const std::optional<std::string_view> token = bearer_token(headers);
  if (!token.has_value()) {
    return Error(Code::kUnauthorised, "broker.session", "neither session cookie nor token");
  }
  const Result<std::string> named = session_named_in(*token);
  if (!named.ok()) {
    return Error(Code::kUnauthorised, "broker.bearer", "the bearer token is no attestation token");
  }
  CLAUSTRUM_TRY_ASSIGN(std::shared_ptr<Session> session, sessions.find(*named, now));
  // Equal to what this broker signed, so no signature needs to be verified again.
  const std::lock_guard lock(session->mutex);
  const bool ours =
      !session->token.empty() && equal_constant_time(as_bytes(*token), as_bytes(session->token));
  if (!CLAUSTRUM_GUARD("broker.bearer", ours)) {
    return Error(Code::kUnauthorised, "broker.bearer", "not the token this session was given");
  }
  return session;
}

}  // namespace claustrum::broker
