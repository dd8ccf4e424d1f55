// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/answers.h"

#include "claustrum/kbs/messages.h"

namespace claustrum::broker {

namespace {

// The caller is a machine; the words are for whoever reads its log.
std::string hint(std::string_view audit_id) {
  if (audit_id.empty()) {
    return " (not recorded)";
  }
  const std::string id(audit_id);
  return " (audit " + id + "; the owner sees why: claustrum broker explain " + id + ")";
}

}  // namespace

net::Response json_response(int status, std::string_view body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(body);
  return response;
}

net::Response error_response(int status, std::string_view variant, const Error& error,
                             std::string_view audit_id) {
  std::string detail;
  if (error.reason() == "kbs.version") {
    detail = error.text();
  } else {
    detail.append(to_string(error.code())).append(" ").append(error.reason());
    const bool of_form = error.code() == Code::kMalformed || error.code() == Code::kUnsupported;
    if (of_form && !error.text().empty()) {
      detail.append(": ").append(error.text());
    }
    if (!audit_id.empty()) {
      detail += hint(audit_id);
    }
  }
  return json_response(status, kbs::error_body(variant, detail));
}

net::Response denied_response(std::string_view factor, std::string_view reason,
                              std::string_view audit_id) {
  std::string detail = "policy_denied";
  detail.append(" ").append(factor).append(" ").append(reason);
  return json_response(401, kbs::error_body("PolicyDeny", detail + hint(audit_id)));
}

}  // namespace claustrum::broker
