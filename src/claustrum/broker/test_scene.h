// SPDX-License-Identifier: Apache-2.0
// A whole broker with one simulated guest, for tests: a test changes one thing and expects one
// answer. Never included by a library source.
#pragma once

#include <atomic>

#include "claustrum/broker/service.h"
#include "claustrum/kbs/broker_signature.h"
#include "claustrum/policy/test_support.h"
#include "claustrum/simulator/test_sim.h"
#include "claustrum/store/test_database.h"

namespace claustrum::broker::test {

using simulator::kSimDay;
using simulator::kSimNow;

inline constexpr std::string_view kSecretName = "default/model-key/1";
inline constexpr std::string_view kSecretValue = "thirty-two bytes of a model key.";
inline constexpr std::string_view kOrigin = "log.example/broker";

// Read by the service's own thread too.
class TestClock final : public Clock {
 public:
  Instant now() const override { return {seconds_.load()}; }
  void set(Instant at) { seconds_.store(at.seconds); }
  void advance(std::int64_t seconds) { seconds_.fetch_add(seconds); }

 private:
  std::atomic<std::int64_t> seconds_{kSimNow.seconds};
};

// Everything that was logged, as text.
class TestLog final : public Log {
 public:
  void event(Literal name, std::initializer_list<LogField> fields) override;
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

struct CapturedAnswer final : net::ResponseWriter {
  Status respond(const net::Response& given) override {
    response = given;
    return ok_status();
  }
  Status start(int, const net::Headers&) override { return ok_status(); }
  Status write(BytesView) override { return ok_status(); }
  Status finish() override { return ok_status(); }
  bool peer_gone() override { return false; }
  net::Response response;
};

// A complete policy that accepts the scene's guest.
std::string good_policy();
policy::Policy parse(std::string_view text);
// The good policy with one thing replaced.
policy::Policy policy_with(std::string_view from, std::string_view to);

// A guest and what it presents.
struct Guest {
  Guest();

  // What it sends to /attest for this nonce.
  kbs::Attestation attestation(const std::string& session_nonce) const;

  const simulator::AmdMachine* machine;
  simulator::GuestLaunch launch;
  evidence::Collateral collateral;
  std::string init_data{policy::test::kInitDataText};
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  std::string cookie;  // once it has a session
  std::string nonce;
  // What happens to the message after the report was made.
  std::function<void(kbs::Attestation&)> tamper = [](kbs::Attestation&) {};
};

struct Scene {
  Scene() : Scene(good_policy()) {}
  explicit Scene(std::string_view baseline, std::size_t max_sessions = Sessions::kMax);

  net::Response send(const net::Request& request);
  net::Response post(std::string_view path, std::string_view body, std::string_view cookie = {});
  net::Response get(std::string_view target, std::string_view cookie = {});
  // Asks for a challenge and keeps cookie and nonce.
  net::Response auth(Guest& guest);
  net::Response attest(Guest& guest);
  // Both.
  net::Response join(Guest& guest);
  net::Response fetch(const Guest& guest, std::string_view name = kSecretName);
  std::string opened(const Guest& guest, const net::Response& response) const;
  void put(std::string_view name, std::string_view value, const policy::Policy& policy);
  // Ends the service, as its owner does: what was counted is written.
  void stop() { service.reset(); }
  std::vector<codec::Json> ledger();

  store::testing::TempFolder folder;
  std::string path = folder.path("broker.db");
  std::unique_ptr<State> state;
  document::Verifiers verifiers;
  TestClock clock;
  TestLog log;
  std::unique_ptr<Service> service;
  crypto::PublicKey identity;
  std::vector<net::Response> answers;  // all that were given
};

store::MasterKey master_key();
std::string detail_of(const net::Response& response);
// The audit id in a refusal's detail; empty when there is none.
std::string audit_id_of(const net::Response& response);
// The refusal names this factor and reason.
void expect_denied(const net::Response& response, std::string_view factor, std::string_view reason);
// The refusal's detail begins with "code reason".
void expect_error(const net::Response& response, int status, std::string_view begins);

}  // namespace claustrum::broker::test
