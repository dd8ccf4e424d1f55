// SPDX-License-Identifier: Apache-2.0
// The HTTP face of `serve`: evidence for nonces, and sealed requests to the engine
// [docs/formats/well-known.md, PROTOCOL 7]. Errors in clear are hints for the operator and carry a
// code only; everything about a request travels sealed.
//
// One sealed request: open (fresh, whole) -> shape and address -> names a document of this replica
// -> engine profile -> request id unused -> engine, once -> receipt.
#pragma once

#include "claustrum/base/log.h"
#include "claustrum/gateway/server/evidence_desk.h"
#include "claustrum/gateway/server/key_ring.h"
#include "claustrum/gateway/server/sealed_answer.h"

namespace claustrum::gateway {

struct ServiceOptions {
  std::string engine_profile;
  net::Endpoint engine;
  int tick_ms = 50;
  std::size_t block = 512;
  // Digests every receipt names.
  crypto::Sha256Digest init_data{};
  crypto::Sha256Digest manifest{};
  std::optional<crypto::Sha256Digest> software;
  std::optional<crypto::Sha256Digest> release_policy;
};

class Service {
 public:
  Service(ServiceOptions options, KeyRing& keys, EvidenceDesk& desk, const Clock& clock, Log& log);

  // net::Handler and net::Admit; called from many threads.
  void handle(const net::Request& request, net::ResponseWriter& out);
  net::Admission admit(const net::Request& head) const;

 private:
  void well_known(net::ResponseWriter& out);
  void evidence(const net::Request& request, net::ResponseWriter& out);
  void sealed_request(const net::Request& request, net::ResponseWriter& out);
  void answer(SecretBytes message, SealedAnswer answer);
  Result<document::ReceiptClaims> claim(const channel::BhttpRequest& request);
  void run_engine(const channel::BhttpRequest& request, BytesView opened,
                  document::ReceiptClaims claims, SealedAnswer answer);

  ServiceOptions options_;
  KeyRing& keys_;
  EvidenceDesk& desk_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace claustrum::gateway
