// SPDX-License-Identifier: Apache-2.0
// Which session a request belongs to: the cookie first, else the attestation token as bearer, as
// stock guests send it [facts: KBS a.6]. Neither is a secret worth much: what they fetch is
// encrypted to the attested key.
#pragma once

#include "claustrum/broker/sessions.h"
#include "claustrum/net/http.h"

namespace claustrum::broker {

// Value of the session cookie among all cookies sent.
std::optional<std::string_view> session_cookie(const net::Headers& headers);
// "Authorization: Bearer <token>".
std::optional<std::string_view> bearer_token(const net::Headers& headers);
// The session that a token names in "jti", unverified.
Result<std::string> session_named_in(std::string_view token);

// unauthorised "broker.session"; "broker.bearer" for a token that is not the one this broker gave
// to the session it names.
Result<std::shared_ptr<Session>> find_caller(Sessions& sessions, const net::Headers& headers,
                                             Instant now);

}  // namespace claustrum::broker
