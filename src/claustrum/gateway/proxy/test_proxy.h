// SPDX-License-Identifier: Apache-2.0
// For tests of this folder: a client, its proxy, and a whole service behind an operator who may
// change, cut or replace every byte on the way. A replica can also lie under its own keys, since a
// verified replica's answer is checked like any other. Never included by a library source.
#pragma once

#include "claustrum/gateway/proxy/service.h"
#include "claustrum/gateway/server/test_gateway.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::gateway::test {

inline constexpr std::string_view kToken = "ck-test-token";
inline constexpr std::string_view kPrompt =
    R"({"messages":[{"role":"user","content":"a secret question"}]})";
inline constexpr std::string_view kWholeAnswer =
    R"({"choices":[{"message":{"content":"a secret answer"}}]})";
inline constexpr std::string_view kEventAnswer =
    "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n";

net::Handler answers_whole();
net::Handler answers_in_events();

// What happens to an answer's bytes at one place.
enum class Pass { kOn, kCut, kEnd };  // kEnd: the outer answer ends there as if it were whole

// What the operator does; an empty member does nothing.
struct Tamper {
  // Answers in place of the service.
  std::function<std::optional<net::Response>(const net::Request&)> instead;
  std::function<void(net::Response&)> whole;                   // answers that are not sealed
  std::function<void(int& status, net::Headers&)> head;        // of sealed answers
  std::function<Pass(std::size_t index, Bytes& chunk)> chunk;  // of sealed answers
};

// A sealed answer with a receipt, right in everything, until a test changes one thing.
struct Forgery {
  channel::ResponseHead head{200, {{"content-type", "application/json"}}};
  std::string content{kWholeAnswer};
  bool with_receipt = true;
  const crypto::PrivateKey* signer = nullptr;  // in place of the replica's
  std::function<void(document::ReceiptClaims&)> claims;
  std::function<void(channel::Fields&)> trailers;
};
Forgery events();

struct WorldOptions {
  net::Handler engine = answers_whole();
  Instant profile_expires = kNow + 86'400;
  Instant waivers_until = kNow + 86'400;
  std::int64_t key_life = 3600;
  std::size_t max_issued = 1000;
  std::function<void(document::KeysClaims&)> keys;  // before the identity signs them
  std::string receipts;                             // folder
  AttestedService::LeastNumber least_number;
};

class Replica {
 public:
  Replica(const WorldOptions& options, const net::Endpoint& engine, const Clock& clock, Log& log);
  void handle(const net::Request& request, net::ResponseWriter& out);
  // From now on this is the answer to sealed requests.
  void lie(Forgery forgery);
  // The last request that a lie answered.
  channel::BhttpRequest opened() const;
  const ByteArray<16>& id() const { return keys_.replica(); }

 private:
  Bytes keys_section(const std::function<void(document::KeysClaims&)>& change);
  void forge(const Forgery& forgery, const net::Request& request, net::ResponseWriter& out);
  FakeAttester attester_;
  KeyRing keys_;
  EvidenceDesk desk_;
  Service service_;
  mutable std::mutex mutex_;
  std::optional<Forgery> forgery_;
  channel::BhttpRequest opened_;
};

// What an exchange handed on.
struct Seen {
  int heads = 0;
  int status = 0;
  std::string type;
  std::string content;
  std::function<bool()> gone;
  ExchangeSink sink();
};

// What the local client got.
struct Heard {
  int status = 0;
  net::Headers headers;
  std::string body;
  bool whole = false;  // to its proper end
  std::string code() const;
  std::string message() const;
};

class World {
 public:
  explicit World(WorldOptions chosen = {});

  // The operator from now on.
  void tamper(Tamper tamper);
  void route_to(Replica& replica) { active_ = &replica; }
  Replica& replica() { return *active_; }
  Replica& add_replica();
  const document::Verifiers& verifiers() const { return verifiers_; }
  // Everything the operator was sent, in clear as it came.
  std::string wire() const;

  Result<ExchangeResult> exchange(Seen& seen, std::string_view body = kPrompt,
                                  const std::string& path = "/v1/chat/completions");
  Heard ask(std::string_view body = kPrompt, std::string_view path = "/v1/chat/completions");
  Heard ask(const net::Request& request);
  static net::Request local_request(std::string_view method, std::string_view path,
                                    std::string_view body);

  WorldOptions options;
  TestClock clock;
  RecordingLog log;
  FakeEngine engine;
  std::atomic<int> documents = 0;     // asked for
  std::atomic<int> sealed = 0;        // requests that left
  std::atomic<bool> measured = true;  // does the machine run what the policy names?

 private:
  void operate(const net::Request& request, net::ResponseWriter& out);
  std::unique_ptr<net::Server> listen(net::Handler handler, net::Admit admit = {});
  document::Profile profile() const;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::atomic<Replica*> active_ = nullptr;
  mutable std::mutex mutex_;
  Tamper tamper_;
  std::string wire_;
  document::Verifiers verifiers_;
  std::unique_ptr<net::Server> operator_;

 public:
  AttestedService service;

 private:
  ProxyService proxy_;
  std::unique_ptr<net::Server> local_;
};

}  // namespace claustrum::gateway::test
