// SPDX-License-Identifier: Apache-2.0
// The key broker's HTTP service: the KBS protocol under /kbs/v0 and the ledger under /ledger. Every
// decision is a ledger entry before it takes effect; a caller gets code, dotted reason and an audit
// id, the owner gets expected and found values with `broker explain ID` [PROTOCOL 9].
#pragma once

#include "claustrum/base/log.h"
#include "claustrum/broker/sessions.h"
#include "claustrum/broker/state.h"
#include "claustrum/ledger/note.h"
#include "claustrum/net/http.h"

namespace claustrum::broker {

struct ServiceOptions {
  policy::Policy baseline;      // what every caller must satisfy to be attested
  crypto::PrivateKey identity;  // P-256; its SPKI SHA-256 is the broker id
  ledger::NoteSigner ledger_signer;
  std::string ledger_origin;
};

class Service {
 public:
  Service(ServiceOptions options, State& state, const document::Verifiers& verifiers,
          const Clock& clock, Log& log);

  // net::Handler.
  void handle(const net::Request& request, net::ResponseWriter& out);

 private:
  net::Response answer(const net::Request& request);
  net::Response auth(const net::Request& request);
  net::Response attest(const net::Request& request);
  net::Response resource(const net::Request& request, std::string_view path);
  Result<std::shared_ptr<Session>> session_of(const net::Request& request);
  net::Response release(Session& session, const kbs::ResourcePath& path, SecretRecord secret);
  // Writes the decision down; the audit id, or an error that must stop the decision.
  Result<std::string> record(Session& session, std::string_view resource,
                             const policy::Appraisal& appraisal, bool granted);
  net::Response refuse(Session& session, std::string_view resource,
                       const policy::Appraisal& appraisal);

  ServiceOptions options_;
  State& state_;
  const document::Verifiers& verifiers_;
  const Clock& clock_;
  Log& log_;
  Sessions sessions_;
};

}  // namespace claustrum::broker
