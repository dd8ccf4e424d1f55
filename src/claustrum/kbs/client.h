// SPDX-License-Identifier: Apache-2.0
// A workload's side of the KBS protocol: attest once, then fetch secrets, each of which must carry
// the pinned broker's signature. The key that secrets are wrapped to is made here and never leaves.
#pragma once

#include "claustrum/attest/core/attester.h"
#include "claustrum/kbs/messages.h"
#include "claustrum/net/http.h"

namespace claustrum::kbs {

struct Secret {
  SecretBytes value;
  std::string version;
  Bytes policy_digest;  // of the policy that released it
};

class Client {
 public:
  // `broker_identity`: the 32-byte broker id pinned in init-data. `init_data`: its TOML text.
  Client(net::Endpoint broker, Bytes broker_identity, std::string init_data);

  // Request, challenge, attestation. A refusal keeps the broker's detail in the error text
  // (error_detail: it is not authenticated) and is unauthorised "kbs.refused"; a broker that cannot
  // answer now: unavailable "kbs.unavailable", no connection: "net.*".
  Status attest(attest::Attester& attester);
  // After attest(), else unauthorised "kbs.not_attested". not_found "kbs.not_found", those above,
  // and the reasons of verify_grant: nothing is decrypted before the broker's signature holds.
  Result<Secret> fetch(const ResourcePath& resource);

 private:
  Result<net::Response> call(net::Request request);
  net::Endpoint broker_;
  Bytes broker_identity_;
  std::string init_data_;
  crypto::PrivateKey key_;
  std::string nonce_;  // of the session, once attested
  std::string cookie_;
};

}  // namespace claustrum::kbs
