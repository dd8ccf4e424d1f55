// SPDX-License-Identifier: Apache-2.0
// `connect` as a local OpenAI client meets it, in front of an operator who interferes.
#include "claustrum/gateway/proxy/service.h"

#include <filesystem>

#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/proxy/test_proxy.h"

namespace claustrum::gateway {
namespace {

namespace fs = std::filesystem;
using document::ReceiptClaims;
using test::Forgery;
using test::Heard;
using test::kEventAnswer;
using test::kNow;
using test::kWholeAnswer;
using test::Pass;
using test::Tamper;
using test::World;
using test::WorldOptions;

WorldOptions streaming() {
  WorldOptions options;
  options.engine = test::answers_in_events();
  return options;
}

// A sealed refusal of a replica that does not know the document.
Forgery forgets() {
  Forgery out;
  out.with_receipt = false;
  out.head.status = 409;
  out.content = openai_error("invalid_request_error", "unknown-evidence", "verify again");
  return out;
}

// In clear, after the service had the request: "I do not know the key". The first `times` times.
Tamper denies_key(int times) {
  auto left = std::make_shared<std::atomic<int>>(times);
  Tamper out;
  out.head = [left](int& status, net::Headers&) { status = (*left)-- > 0 ? 400 : status; };
  return out;
}
// The same before the service had it.
Tamper withholds_once() {
  auto left = std::make_shared<std::atomic<int>>(1);
  Tamper out;
  out.instead = [left](const net::Request& request) -> std::optional<net::Response> {
    if (request.target != "/claustrum/ohttp" || (*left)-- <= 0) {
      return std::nullopt;
    }
    return net::Response{400, {}, {}};
  };
  return out;
}

void expect_error(const Heard& heard, int status, std::string_view code) {
  EXPECT_EQ(heard.status, status);
  EXPECT_EQ(heard.code(), code) << heard.body;
  EXPECT_EQ(heard.headers.find("Content-Type"), "application/json");
  EXPECT_TRUE(heard.whole);
}

// A stream that the client cannot take for complete.
void expect_cut(const Heard& heard, std::string_view code) {
  EXPECT_EQ(heard.status, 200);
  EXPECT_FALSE(heard.whole);
  EXPECT_EQ(heard.body.find("[DONE]"), std::string::npos) << heard.body;
  EXPECT_NE(heard.body.find("\"code\":\"" + std::string(code) + "\""), std::string::npos)
      << heard.body;
}

TEST(ProxyService, AnswersLikeTheService) {
  World world;
  const Heard heard = world.ask();
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body, kWholeAnswer);
  EXPECT_TRUE(heard.whole);
  EXPECT_EQ(heard.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(heard.headers.find("Claustrum-Verdict"), "accepted");
  EXPECT_EQ(heard.headers.find("Claustrum-Request-Id").value_or("").size(), 32U);
  EXPECT_EQ(world.ask(World::local_request("GET", "/v1/models", "")).status, 200);
  EXPECT_EQ(world.documents, 1);
}

TEST(ProxyService, StreamsToTheEndMark) {
  World world(streaming());
  const Heard heard = world.ask();
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body, kEventAnswer);
  EXPECT_TRUE(heard.whole);
  EXPECT_EQ(heard.headers.find("Content-Type"), "text/event-stream");
}

TEST(ProxyService, NothingOfTheLocalClientGoesOnButItsRequest) {
  World world;
  world.replica().lie({});
  net::Request request = World::local_request("POST", "/v1/chat/completions", test::kPrompt);
  request.headers.add("Cookie", "a=b");
  request.headers.add("User-Agent", "secret-agent");
  EXPECT_EQ(world.ask(request).status, 200);
  const channel::BhttpRequest opened = world.replica().opened();
  for (const channel::Field& field : opened.head.headers) {
    EXPECT_TRUE(field.name == "content-type" || field.name.starts_with("claustrum-")) << field.name;
  }
  EXPECT_EQ(world.wire().find(test::kToken), std::string::npos);
  EXPECT_EQ(world.wire().find("secret"), std::string::npos);
}

TEST(ProxyService, RefusesStrangersBeforeAnythingElse) {
  World world;
  net::Request request = World::local_request("POST", "/v1/chat/completions", test::kPrompt);
  request.headers = {{"Authorization", "Bearer wrong-token"}};
  expect_error(world.ask(request), 401, "local.token");
  request = World::local_request("GET", "/claustrum/verdict", "");
  request.headers.add("Origin", "https://evil.example");
  expect_error(world.ask(request), 401, "local.origin");
  EXPECT_EQ(world.documents, 0);
}

TEST(ProxyService, WithoutAVerdictNothingIsSent) {
  World world;
  world.measured = false;
  const Heard heard = world.ask();
  expect_error(heard, 502, "service.refused");
  EXPECT_TRUE(heard.message().starts_with("nothing was sent: measurement")) << heard.body;
  EXPECT_EQ(world.sealed, 0);
  EXPECT_EQ(world.engine.requests, 0);
}

TEST(ProxyService, WithoutEvidenceNothingIsSent) {
  World world;
  Tamper down;
  down.instead = [](const net::Request&) { return net::Response{503, {}, {}}; };
  world.tamper(down);
  const Heard heard = world.ask();
  expect_error(heard, 503, "service.evidence");
  EXPECT_TRUE(heard.message().starts_with("nothing was sent: ")) << heard.body;
  EXPECT_EQ(world.sealed, 0);
}

TEST(ProxyService, ASessionThatEndedSendsNothing) {
  World world;
  EXPECT_EQ(world.ask().status, 200);
  world.measured = false;
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  expect_error(world.ask(), 502, "service.refused");
  EXPECT_EQ(world.sealed, 1);
}

TEST(ProxyService, ShowsItsLastVerdict) {
  World world;
  const net::Request request = World::local_request("GET", "/claustrum/verdict", "");
  EXPECT_EQ(world.ask(request).status, 404);
  (void)world.ask();
  Heard heard = world.ask(request);
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(codec::parse_json(as_bytes(heard.body))->string_at("verdict").value(), "accepted");
  world.measured = false;
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  (void)world.ask();
  heard = world.ask(request);
  EXPECT_EQ(codec::parse_json(as_bytes(heard.body))->string_at("verdict").value(), "refused");
}

TEST(ProxyService, OtherPathsAreNotThere) {
  World world;
  for (const char* path : {"/", "/v1", "/health", "/claustrum/ohttp", "/claustrum/evidence"}) {
    expect_error(world.ask(test::kPrompt, path), 404, "engine.path");
  }
  EXPECT_EQ(world.documents, 0);
}

TEST(ProxyService, LongBodiesAndLongHeadsStayHere) {
  World world;
  expect_error(world.ask(std::string(kMaxRequestBody + 1, ' ')), 413, "engine.size");
  net::Request request = World::local_request("POST", "/v1/chat/completions", test::kPrompt);
  request.headers.add("X-Flood", std::string(33 * 1024, 'x'));
  EXPECT_EQ(world.ask(request).status, 431);
  EXPECT_EQ(world.documents, 0);
}

TEST(ProxyService, WhatCannotBeSealedIsTheClientsFault) {
  World world;
  // Longer than a sealed request may name, short enough for the local server.
  const std::string path = "/v1/" + std::string(16 * 1024, 'x');
  expect_error(world.ask(test::kPrompt, path), 400, "exchange.request");
  EXPECT_EQ(world.sealed, 0);
}

TEST(ProxyService, ATruncatedStreamIsCutWithAnError) {
  World world;
  world.replica().lie(test::events());
  for (const Pass pass : {Pass::kCut, Pass::kEnd}) {
    Tamper cut;
    cut.chunk = [pass](std::size_t index, Bytes&) { return index == 3 ? pass : Pass::kOn; };
    world.tamper(cut);
    const Heard heard = world.ask();
    expect_cut(heard, pass == Pass::kCut ? "net.truncated" : "ohttp.truncated");
    EXPECT_TRUE(heard.body.starts_with("data: {\"n\":1}\n\n")) << heard.body;
  }
}

TEST(ProxyService, ATruncatedWholeAnswerIsAnError) {
  World world;
  world.replica().lie({});
  Tamper cut;
  cut.chunk = [](std::size_t index, Bytes&) { return index == 3 ? Pass::kCut : Pass::kOn; };
  world.tamper(cut);
  const Heard heard = world.ask();
  expect_error(heard, 503, "net.truncated");
  EXPECT_EQ(heard.body.find("secret"), std::string::npos);
}

TEST(ProxyService, AStreamWhoseReceiptDoesNotHoldHasNoEnd) {
  World world;
  Forgery forgery = test::events();
  forgery.claims = [](ReceiptClaims& claims) { claims.answer[0] ^= 1; };
  world.replica().lie(forgery);
  expect_cut(world.ask(), "receipt.answer");
  forgery = test::events();
  forgery.with_receipt = false;
  world.replica().lie(forgery);
  expect_cut(world.ask(), "receipt.missing");
}

TEST(ProxyService, AWholeAnswerWhoseReceiptDoesNotHoldIsNotShown) {
  World world;
  Forgery forgery;
  forgery.claims = [](ReceiptClaims& claims) { claims.manifest[0] ^= 1; };
  world.replica().lie(forgery);
  const Heard heard = world.ask();
  expect_error(heard, 502, "receipt.manifest");
  EXPECT_EQ(heard.body.find("secret"), std::string::npos);
}

TEST(ProxyService, OtherTypesDoNotReachTheClient) {
  World world;
  Forgery forgery;
  forgery.head.headers = {{"content-type", "text/html"}};
  forgery.content = "<script>secret</script>";
  world.replica().lie(forgery);
  const Heard heard = world.ask();
  expect_error(heard, 502, "exchange.content_type");
  EXPECT_EQ(heard.body.find("secret"), std::string::npos);
}

TEST(ProxyService, SealedRefusalsPassAsTheyCame) {
  World world;
  const Heard heard = world.ask(R"({"messages":[],"cache_prompt":true})");
  expect_error(heard, 400, "engine.member");
  EXPECT_EQ(world.sealed, 1);
}

TEST(ProxyService, AnUnknownKeyIsVerifiedAnewAndSentAgainOnce) {
  World world;
  world.tamper(withholds_once());
  const Heard heard = world.ask();
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.body, kWholeAnswer);
  EXPECT_EQ(world.documents, 2);
  EXPECT_EQ(world.sealed, 2);
  EXPECT_EQ(world.engine.requests, 1);
}

TEST(ProxyService, AKeyThatStaysUnknownEndsAfterTwoAttempts) {
  World world;
  world.tamper(denies_key(100));
  expect_error(world.ask(), 502, "exchange.key");
  EXPECT_EQ(world.documents, 2);
  EXPECT_EQ(world.sealed, 2);
}

TEST(ProxyService, ALieAboutTheKeyDoesNotRunTheEngineTwice) {
  World world;
  world.tamper(denies_key(1));
  expect_error(world.ask(), 409, "already-run");
  EXPECT_EQ(world.sealed, 2);
  EXPECT_EQ(world.engine.requests, 1);
}

TEST(ProxyService, AHintInClearDoesNotMoveARequestToAnotherReplica) {
  World world;
  test::Replica& other = world.add_replica();
  test::Replica& first = world.replica();
  Tamper swaps = denies_key(1);
  swaps.head = [&world, &other, deny = swaps.head](int& status, net::Headers& headers) {
    deny(status, headers);
    world.route_to(other);
  };
  world.tamper(swaps);
  const Heard heard = world.ask();
  expect_error(heard, 503, "exchange.replica_gone");
  EXPECT_TRUE(heard.message().starts_with("not sent again: ")) << heard.body;
  EXPECT_EQ(world.sealed, 1);
  EXPECT_EQ(world.engine.requests, 1);
  // The next request is a new one, and goes to the replica that was verified.
  EXPECT_EQ(world.ask().status, 200);
  EXPECT_NE((*world.service.current())->keys.replica, first.id());
}

TEST(ProxyService, ASealedHintMayMoveARequestToAnotherReplica) {
  World world;
  test::Replica& other = world.add_replica();
  world.replica().lie(forgets());
  Tamper moves;
  moves.head = [&](int&, net::Headers&) { world.route_to(other); };
  world.tamper(moves);
  EXPECT_EQ(world.ask().status, 200);
  EXPECT_EQ(world.documents, 2);
  EXPECT_EQ(world.sealed, 2);
}

TEST(ProxyService, ADocumentThatWasForgottenIsReplaced) {
  WorldOptions options;
  options.max_issued = 1;
  World world(options);
  ASSERT_TRUE(world.service.current().ok());
  // Another client's document takes its place in the replica's memory.
  AttestedService neighbour(world.service.endpoint(), world.service.profile(), world.verifiers(),
                            world.clock);
  ASSERT_TRUE(neighbour.current().ok());
  EXPECT_EQ(world.ask().status, 200);
  EXPECT_EQ(world.documents, 3);
  EXPECT_EQ(world.sealed, 2);
}

TEST(ProxyService, ADocumentThatStaysUnknownEndsAfterTwoAttempts) {
  World world;
  world.replica().lie(forgets());
  expect_error(world.ask(), 502, "exchange.evidence");
  EXPECT_EQ(world.documents, 2);
  EXPECT_EQ(world.sealed, 2);
}

TEST(ProxyService, AHintWhoseVerificationFailsSendsNothingAgain) {
  World world;
  Tamper turns = denies_key(1);
  turns.head = [&world, deny = turns.head](int& status, net::Headers& headers) {
    deny(status, headers);
    world.measured = false;
  };
  world.tamper(turns);
  const Heard heard = world.ask();
  expect_error(heard, 502, "service.refused");
  EXPECT_TRUE(heard.message().starts_with("not sent again: ")) << heard.body;
  EXPECT_EQ(world.sealed, 1);
}

TEST(ProxyService, NothingIsSentAgainAfterAPartWasSeen) {
  World world;
  Forgery forgery = forgets();
  forgery.head.headers = {{"content-type", "text/event-stream"}};
  world.replica().lie(forgery);
  const Heard heard = world.ask();
  EXPECT_EQ(heard.status, 409);
  EXPECT_FALSE(heard.whole);
  EXPECT_EQ(world.sealed, 1);
  EXPECT_EQ(world.documents, 1);
}

struct ProxyReceipts : testing::Test {
  ProxyReceipts()
      : folder(testing::TempDir() + "claustrum-receipts-" + std::to_string(::getpid())) {
    fs::remove_all(folder);
  }
  ~ProxyReceipts() override { fs::remove_all(folder); }
  WorldOptions options() const {
    WorldOptions out;
    out.receipts = folder;
    return out;
  }
  const std::string folder;
};

TEST_F(ProxyReceipts, AreKeptUnderTheIdThatTheClientIsTold) {
  World world(options());
  const Heard heard = world.ask();
  const std::string id(heard.headers.find("Claustrum-Request-Id").value_or(""));
  const std::string document = codec::hex_encode((*world.service.current())->document_sha256);
  EXPECT_TRUE(fs::exists(folder + "/receipts/" + id + ".cose"));
  EXPECT_TRUE(fs::exists(folder + "/openings/" + id + ".json"));
  EXPECT_TRUE(fs::exists(folder + "/documents/" + document + ".json"));
}

TEST_F(ProxyReceipts, ThatDoNotHoldAreNotKept) {
  World world(options());
  Forgery forgery;
  forgery.claims = [](ReceiptClaims& claims) { claims.answer[0] ^= 1; };
  world.replica().lie(forgery);
  expect_error(world.ask(), 502, "receipt.answer");
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ProxyReceipts, OfRefusalsDoNotExist) {
  World world(options());
  EXPECT_EQ(world.ask(test::kPrompt, "/v1/elsewhere").status, 404);
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(ProxyReceipts, ThatCannotBeKeptAreNoSuccess) {
  WorldOptions whole = options();
  whole.receipts = "/dev/null/receipts";
  World world(whole);
  const Heard heard = world.ask();
  expect_error(heard, 500, "receipt.store");
  EXPECT_EQ(heard.body.find("secret"), std::string::npos);
  world.replica().lie(test::events());
  expect_cut(world.ask(), "receipt.store");
}

TEST(ProxyService, NothingOfARequestOrAnswerIsLogged) {
  World world;
  (void)world.ask();
  (void)world.ask("secret");
  (void)world.ask(test::kPrompt, "/v1/secret");
  world.measured = false;
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  (void)world.ask();
  const std::string log = world.log.text();
  EXPECT_NE(log.find("connect.request status=200 receipt_kept=1\n"), std::string::npos) << log;
  EXPECT_NE(log.find("connect.not_sent reason=service.refused\n"), std::string::npos) << log;
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
}

TEST(ProxyService, ManyClientsAtOnce) {
  WorldOptions options;
  options.engine = [](const net::Request& request, net::ResponseWriter& out) {
    (void)out.respond(test::json_answer(as_text(request.body)));
  };
  World world(options);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const std::string body = R"({"prompt":")" + std::to_string(i) + "\"}";
        good += world.ask(body).body == body ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(world.documents, 1);
}

}  // namespace
}  // namespace claustrum::gateway
