// SPDX-License-Identifier: Apache-2.0
// Who may talk to the local proxy [PROTOCOL 7 "The local side"]: a process that knows the per-user
// token, asking for a loopback host, and no web page. Without these, any page open in a browser on
// this machine could spend the user's attested session (DNS rebinding, cross-site requests).
#pragma once

#include "claustrum/base/secret.h"
#include "claustrum/net/http.h"

namespace claustrum::gateway {

class LocalGuard {
 public:
  explicit LocalGuard(SecretBytes token) : token_(std::move(token)) {}

  // unauthorised "local.token", "local.host" or "local.origin".
  Status check(const net::Request& request) const;

 private:
  SecretBytes token_;
};

// A token for a file of mode 0600: "ck-" and 43 base64url characters.
std::string make_local_token();

}  // namespace claustrum::gateway
