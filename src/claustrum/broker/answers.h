// SPDX-License-Identifier: Apache-2.0
// The broker's answers. What a caller learns of a refusal is code, dotted reason and an audit id:
// expected values, and whether a name exists, stay with the owner [PROTOCOL 9].
#pragma once

#include "claustrum/net/http.h"

namespace claustrum::broker {

net::Response json_response(int status, std::string_view body);
// "code reason"; the text only for faults of form, which a client's author has to see. The version
// mismatch is the one sentence that stock clients look for and nothing else.
net::Response error_response(int status, std::string_view variant, const Error& error,
                             std::string_view audit_id = {});
// "policy_denied factor reason", and how the owner finds out more.
net::Response denied_response(std::string_view factor, std::string_view reason,
                              std::string_view audit_id);

}  // namespace claustrum::broker
