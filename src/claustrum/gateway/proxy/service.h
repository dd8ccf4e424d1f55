// SPDX-License-Identifier: Apache-2.0
// The local OpenAI-compatible endpoint of `connect`: any client that speaks the OpenAI API works
// unchanged; what it sends leaves this machine only sealed to a verified service.
#pragma once

#include "claustrum/base/log.h"
#include "claustrum/gateway/proxy/attested_service.h"
#include "claustrum/gateway/proxy/local_guard.h"
#include "claustrum/gateway/proxy/sealed_exchange.h"

namespace claustrum::gateway {

struct ProxyOptions {
  std::string receipt_folder;  // empty: receipts are checked, not kept
};

class ProxyService {
 public:
  ProxyService(ProxyOptions options, LocalGuard guard, AttestedService& service, Log& log);

  // net::Handler and net::Admit.
  void handle(const net::Request& request, net::ResponseWriter& out);
  net::Admission admit(const net::Request& head) const;

 private:
  enum class Last { kNo, kYes };
  std::optional<net::Response> refusal(const net::Request& head) const;
  void forward(const net::Request& request, net::ResponseWriter& out);
  // Answers and gives nothing; or, before the last attempt, gives the hint to verify anew.
  std::optional<Error> attempt(const Attested& attested, const ExchangeRequest& sealed, Last last,
                               net::ResponseWriter& out);
  void not_sent(const Error& error, const char* what, net::ResponseWriter& out);
  ProxyOptions options_;
  LocalGuard guard_;
  AttestedService& service_;
  Log& log_;
};

}  // namespace claustrum::gateway
