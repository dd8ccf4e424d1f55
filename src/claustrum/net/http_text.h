// SPDX-License-Identifier: Apache-2.0
// Small character rules of HTTP/1.1 [RFC 9110 5.1, 5.5, 5.6.2; RFC 9112 3.2] and the writer of
// heads. What we write is checked as strictly as what we read: a CR LF that slips from a prompt or
// a model's answer into a header value would let its author write headers (response splitting).
#pragma once

#include "claustrum/net/http.h"

namespace claustrum::net {

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool is_token(std::string_view text);
// Visible characters, spaces, tabs and bytes from 0x80; no space or tab at either end.
bool is_field_value(std::string_view text);
// "/..." of visible ASCII without '#', or "*".
bool is_request_target(std::string_view text);
// Digits only, no sign, fits 64 bits.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// How the body of a message we write is delimited.
struct Framing {
  enum class Kind { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  std::size_t length = 0;
  bool close = false;  // writes "Connection: close"
};

// Head of a message. Fields that belong to the framing (Content-Length, Transfer-Encoding,
// Connection, ...) are left out of `headers` and written from `framing`. Malformed
// "net.field_injection" when a name, value, method or target would break the head.
Result<std::string> request_head(const Request& request, std::string_view host,
                                 const Framing& framing);
Result<std::string> response_head(int status, const Headers& headers, const Framing& framing);

}  // namespace claustrum::net
