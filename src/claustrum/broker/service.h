// SPDX-License-Identifier: Apache-2.0
// The key broker's HTTP service: the KBS protocol under /kbs/v0 and the ledger under /ledger. A
// grant is a ledger entry before it takes effect; a refused caller gets code, dotted reason and an
// audit id, the owner gets expected and found values with `claustrum broker explain ID`
// [PROTOCOL 9].
#pragma once

#include <condition_variable>
#include <thread>

#include "claustrum/broker/decisions.h"
#include "claustrum/broker/sessions.h"
#include "claustrum/ledger/note.h"
#include "claustrum/net/http.h"

namespace claustrum::broker {

struct ServiceOptions {
  policy::Policy baseline;      // what every caller must satisfy to be attested
  crypto::PrivateKey identity;  // P-256; its SPKI SHA-256 is the broker id
  ledger::NoteSigner ledger_signer;
  std::string ledger_origin;
  std::size_t max_sessions = Sessions::kMax;
};

// Thread-safe. Whoever stops the server that calls it destroys it afterwards: what was counted is
// then written.
class Service {
 public:
  Service(ServiceOptions options, State& state, const document::Verifiers& verifiers,
          const Clock& clock, Log& log);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // net::Handler and net::Admit.
  void handle(const net::Request& request, net::ResponseWriter& out);
  net::Admission admit(const net::Request& head) const;

 private:
  net::Response answer(const net::Request& request);
  net::Response auth(const net::Request& request);
  net::Response attest(const net::Request& request);
  net::Response resource(const net::Request& request, std::string_view path);
  // The baseline's answer to what came with /attest; an empty optional: attested.
  std::optional<net::Response> judge_attestation(Session& session, BytesView body);
  net::Response release(const Session& session, const kbs::ResourcePath& path, SecretRecord secret);
  net::Response signed_answer(const Session& session, const kbs::ResourcePath& path,
                              const SecretRecord& secret, const codec::Json& jwe) const;
  net::Response refuse(const Decision& decision);
  net::Response refuse_unread(const Error& error);
  void keep_writing(const std::stop_token& stop);

  ServiceOptions options_;
  State& state_;
  const document::Verifiers& verifiers_;
  const Clock& clock_;
  Log& log_;
  Sessions sessions_;
  Decisions decisions_;
  std::mutex keeper_mutex_;
  std::condition_variable_any keeper_wake_;
  std::jthread keeper_;  // writes counted refusals once their minute is over
};

}  // namespace claustrum::broker
