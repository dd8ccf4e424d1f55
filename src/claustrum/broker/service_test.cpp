// SPDX-License-Identifier: Apache-2.0
// The protocol from challenge to secret, and who may take part.
#include "claustrum/broker/caller.h"
#include "claustrum/broker/test_scene.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::broker {
namespace {

using codec::Json;
using test::expect_error;
using test::Guest;
using test::kSecretName;
using test::kSecretValue;
using test::Scene;

TEST(BrokerService, GivesASecretToTheWorkloadItsPolicyNames) {
  Scene scene;
  Guest guest;
  EXPECT_EQ(scene.join(guest).status, 200);
  const net::Response response = scene.fetch(guest);
  EXPECT_EQ(scene.opened(guest, response), kSecretValue);
  // As often as it asks.
  EXPECT_EQ(scene.opened(guest, scene.fetch(guest)), kSecretValue);
}

TEST(BrokerService, SignsWhatItGives) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  const net::Response response = scene.fetch(guest);
  kbs::Grant grant;
  grant.nonce = guest.nonce;
  grant.resource = kSecretName;
  grant.version = "1";
  grant.policy_digest = to_bytes(BytesView(test::parse(test::good_policy()).digest()));
  grant.body = response.body;
  EXPECT_EQ(response.headers.find(kbs::kResourceVersionHeader), "1");
  EXPECT_EQ(response.headers.find(kbs::kReleasePolicyHeader),
            codec::hex_encode(grant.policy_digest));
  const Bytes key = *codec::base64_decode(*response.headers.find(kbs::kBrokerKeyHeader));
  const Bytes signature =
      *codec::base64url_decode(*response.headers.find(kbs::kBrokerSignatureHeader));
  EXPECT_TRUE(kbs::verify_grant(grant, key, signature, scene.identity.spki_sha256()).ok());
}

TEST(BrokerService, ASecretOpensForTheAttestedKeyOnly) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  const net::Response response = scene.fetch(guest);
  Guest other;
  EXPECT_NE(scene.opened(other, response), kSecretValue);
}

TEST(BrokerService, AP521KeyWorksToo) {
  Scene scene;
  Guest guest;
  guest.key = crypto::PrivateKey::generate(crypto::KeyKind::kP521);
  EXPECT_EQ(scene.join(guest).status, 200);
  EXPECT_EQ(scene.opened(guest, scene.fetch(guest)), kSecretValue);
}

TEST(BrokerService, AReplacedSecretHasANewVersion) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  scene.put(kSecretName, "the second", test::parse(test::good_policy()));
  const net::Response response = scene.fetch(guest);
  EXPECT_EQ(scene.opened(guest, response), "the second");
  EXPECT_EQ(response.headers.find(kbs::kResourceVersionHeader), "2");
}

TEST(BrokerService, AnAttestedSessionGetsItsTokenAgain) {
  Scene scene;
  Guest guest;
  const net::Response first = scene.join(guest);
  const net::Response again = scene.post("/kbs/v0/attest", "anything", guest.cookie);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
}

TEST(BrokerService, AChallengeServesOneAttestation) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  EXPECT_EQ(scene.post("/kbs/v0/attest", "{", guest.cookie).status, 401);
  expect_error(scene.attest(guest), 401, "unauthorised broker.challenge_used");
  EXPECT_EQ(scene.join(guest).status, 200);
}

TEST(BrokerService, AnUnknownSecretIsNotFound) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  expect_error(scene.fetch(guest, "default/model-key/2"), 404, "not_found broker.resource");
}

TEST(BrokerService, AnUnattestedSessionLearnsNothing) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  const net::Response known = scene.fetch(guest);
  expect_error(known, 401, "unauthorised broker.not_attested");
  EXPECT_EQ(known.body, scene.fetch(guest, "default/nothing/1").body);
  EXPECT_EQ(known.body, scene.fetch(guest, "../..").body);
}

TEST(BrokerService, WithoutSessionThereIsNothing) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  const std::string unknown = "kbs-session-id=" + std::string(32, '0');
  for (const std::string& cookie : {std::string(), std::string("other=1"), unknown}) {
    expect_error(scene.get("/kbs/v0/resource/default/model-key/1", cookie), 401,
                 "unauthorised broker.session");
    expect_error(scene.post("/kbs/v0/attest", "{}", cookie), 401, "unauthorised broker.session");
  }
}

TEST(BrokerService, ASessionExpires) {
  Scene scene;
  Guest guest;
  scene.join(guest);
  scene.clock.advance(Sessions::kLifeSeconds);
  EXPECT_EQ(scene.fetch(guest).status, 200);
  scene.clock.advance(1);
  expect_error(scene.fetch(guest), 401, "unauthorised broker.session");
}

TEST(BrokerService, AttestedSessionsCanFillTheTable) {
  Scene scene(test::good_policy(), 2);
  Guest first;
  Guest second;
  scene.join(first);
  scene.join(second);
  Guest third;
  const net::Response response = scene.auth(third);
  expect_error(response, 503, "unavailable broker.sessions_full");
  EXPECT_TRUE(response.headers.find("Retry-After").has_value());
  EXPECT_EQ(scene.fetch(first).status, 200);
}

TEST(BrokerService, WhoOnlyAsksForChallengesFillsNothing) {
  Scene scene(test::good_policy(), 2);
  Guest guest;
  scene.join(guest);
  Guest flood;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(scene.auth(flood).status, 200);
  }
  EXPECT_EQ(scene.fetch(guest).status, 200);
}

TEST(BrokerService, AnotherProtocolVersionGetsTheSentenceThatClientsLookFor) {
  Scene scene;
  const net::Response response =
      scene.post("/kbs/v0/auth", R"({"version":"0.3.0","tee":"snp","extra-params":""})");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(test::detail_of(response),
            "KBS Client Protocol Version Mismatch: expect =0.4.0 while the request is 0.3.0");
}

TEST(BrokerService, OtherTeesAreUnsupported) {
  Scene scene;
  for (const char* tee : {"tdx", "sample", "SNP", ""}) {
    expect_error(scene.post("/kbs/v0/auth", kbs::to_json(kbs::AuthRequest{"0.4.0", tee})), 401,
                 "unsupported broker.tee");
  }
}

TEST(BrokerService, OversizedAndBrokenBodiesAreRefused) {
  Scene scene;
  Guest guest;
  EXPECT_EQ(scene.post("/kbs/v0/auth", std::string(100'000, ' ')).status, 401);
  EXPECT_EQ(scene.post("/kbs/v0/auth", "").status, 401);
  scene.auth(guest);
  EXPECT_EQ(scene.post("/kbs/v0/attest", std::string(2'000'000, ' '), guest.cookie).status, 401);
}

TEST(BrokerService, OtherPathsAndMethodsAreNotThere) {
  Scene scene;
  expect_error(scene.get("/"), 404, "not_found broker.path");
  expect_error(scene.get("/kbs/v0/auth"), 404, "not_found broker.path");
  expect_error(scene.get("/kbs/v0/other/a/b"), 404, "not_found broker.path");
  expect_error(scene.post("/kbs/v0/resource/a/b/c", "x"), 404, "not_found broker.path");
  EXPECT_EQ(scene.get("/healthz").status, 200);
  Guest guest;
  scene.join(guest);
  expect_error(scene.fetch(guest, "a/b"), 404, "malformed kbs.resource_path");
}

// As stock guests fetch: with the token and no cookie.
TEST(BrokerService, TheTokenServesAsBearer) {
  Scene scene;
  Guest guest;
  const Json body = *codec::parse_json(scene.join(guest).body);
  net::Request request;
  request.target = "/kbs/v0/resource/" + std::string(kSecretName);
  request.headers.add("authorization", "bearer " + *body.string_at("token"));
  EXPECT_EQ(scene.opened(guest, scene.send(request)), kSecretValue);
}

TEST(BrokerService, AForgedTokenServesNobody) {
  Scene scene;
  Guest guest;
  const Json body = *codec::parse_json(scene.join(guest).body);
  const std::string token = *body.string_at("token");
  const std::string id = guest.cookie.substr(guest.cookie.find('=') + 1);
  Json claims = Json::object();
  claims.set("jti", id);
  const std::string own =
      crypto::jws_sign_compact(crypto::PrivateKey::generate(crypto::KeyKind::kP256), Json::object(),
                               as_bytes(codec::to_json(claims)));
  for (const std::string& bad : {own, token + "A", token.substr(0, token.size() - 1),
                                 std::string("a.b.c"), std::string("x"), std::string("..")}) {
    net::Request request;
    request.target = "/kbs/v0/resource/" + std::string(kSecretName);
    request.headers.add("Authorization", "Bearer " + bad);
    expect_error(scene.send(request), 401, "unauthorised broker.bearer");
  }
}

// A session that has no token yet must not be opened by an empty one.
TEST(BrokerService, AnUnattestedSessionHasNoToken) {
  Scene scene;
  Guest guest;
  scene.auth(guest);
  Json claims = Json::object();
  claims.set("jti", guest.cookie.substr(guest.cookie.find('=') + 1));
  const std::string token = "." + codec::base64url_encode(as_bytes(codec::to_json(claims))) + ".";
  net::Request request;
  request.target = "/kbs/v0/resource/" + std::string(kSecretName);
  request.headers.add("Authorization", "Bearer " + token);
  expect_error(scene.send(request), 401, "unauthorised broker.bearer");
}

TEST(BrokerService, RequestsOfManySessionsAtOnceAreServed) {
  Scene scene;
  std::vector<std::thread> threads;
  std::atomic<int> served{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Guest guest;
      for (int round = 0; round < 3; ++round) {
        test::CapturedAnswer answer;
        net::Request request;
        request.method = "POST";
        request.target = "/kbs/v0/auth";
        request.body = to_bytes(kbs::to_json(kbs::AuthRequest{"0.4.0", "snp"}));
        scene.service->handle(request, answer);
        const std::string cookie(*answer.response.headers.find("Set-Cookie"));
        guest.nonce = kbs::parse_challenge(answer.response.body)->nonce;
        request.target = "/kbs/v0/attest";
        request.headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}};
        request.body = to_bytes(kbs::to_json(guest.attestation(guest.nonce)));
        scene.service->handle(request, answer);
        request.method = "GET";
        request.target = "/kbs/v0/resource/" + std::string(kSecretName);
        scene.service->handle(request, answer);
        served += scene.opened(guest, answer.response) == kSecretValue ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(served.load(), 12);
  EXPECT_EQ(scene.ledger().size(), 12U);
}

}  // namespace
}  // namespace claustrum::broker
