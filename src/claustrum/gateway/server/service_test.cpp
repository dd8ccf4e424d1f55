// SPDX-License-Identifier: Apache-2.0
// `serve` end to end in front of a scripted engine, spoken to as a client does.
#include "claustrum/gateway/server/service.h"

#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/server/test_gateway.h"

namespace claustrum::gateway {
namespace {

using document::Outcome;
using test::Ask;
using test::Reply;
using test::Scene;

constexpr std::string_view kKeyProblem =
    "https://iana.org/assignments/http-problem-types#ohttp-key";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"content":"a secret answer"}}]})";

net::Handler answers() {
  return [](const net::Request&, net::ResponseWriter& out) {
    (void)out.respond(test::json_answer(kAnswer));
  };
}

std::string problem_type(const Reply& reply) {
  EXPECT_EQ(reply.http_type, "application/problem+json");
  return *codec::parse_json(reply.http_body)->string_at("type");
}

// Refused inside the seal, without a receipt, and the engine saw nothing.
void expect_refused(Scene& scene, const Reply& reply, int status, std::string_view code) {
  EXPECT_EQ(reply.http_status, 200);
  EXPECT_EQ(reply.status, status);
  EXPECT_EQ(reply.code(), code);
  EXPECT_FALSE(reply.has_receipt());
  EXPECT_EQ(reply.chunks.size(), 1U);
  EXPECT_EQ(scene.engine.requests, 0);
}

TEST(Service, AnswersWithAReceiptThatHolds) {
  std::string seen_body;
  std::string seen_target;
  Scene scene([&](const net::Request& request, net::ResponseWriter& out) {
    seen_body = as_text(request.body);
    seen_target = request.method + " " + request.target;
    (void)out.respond(test::json_answer(kAnswer));
  });
  Ask ask;
  ask.document = scene.document();
  const Reply reply = scene.send(ask);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content, kAnswer);
  EXPECT_EQ(seen_body, ask.body);
  EXPECT_EQ(seen_target, "POST /v1/chat/completions");
  const document::ReceiptClaims receipt = scene.receipt(ask, reply);
  EXPECT_EQ(receipt.outcome, Outcome::kComplete);
  EXPECT_EQ(receipt.clock, test::kNow);
  EXPECT_FALSE(receipt.software.has_value());
  EXPECT_FALSE(receipt.not_before.has_value());
}

TEST(Service, ReceiptsNameSoftwareAndReleasePolicy) {
  ServiceOptions options;
  options.software = crypto::sha256(as_bytes("software"));
  options.release_policy = crypto::sha256(as_bytes("policy"));
  Scene scene(answers(), options);
  Ask ask;
  ask.document = scene.document();
  const Reply reply = scene.send(ask);
  const auto receipt = document::verify_receipt(reply.trailer("claustrum-receipt"),
                                                scene.keys.receipt_key().public_key());
  ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(receipt->software, options.software);
  EXPECT_EQ(receipt->release_policy, options.release_policy);
}

TEST(Service, EachAnswerHasSaltsOfItsOwn) {
  Scene scene(answers());
  Ask ask;
  ask.document = scene.document();
  const Bytes first = scene.send(ask).trailer("claustrum-receipt-salts");
  ask.id = crypto::random_array<16>();
  const Bytes second = scene.send(ask).trailer("claustrum-receipt-salts");
  ASSERT_EQ(first.size(), 64U);
  EXPECT_FALSE(equal(BytesView(first).first(32), BytesView(first).subspan(32)));
  EXPECT_FALSE(equal(BytesView(first).first(32), BytesView(second).first(32)));
  EXPECT_FALSE(equal(BytesView(first).subspan(32), BytesView(second).subspan(32)));
}

// What a stranger may make this server hold, by the head alone.
TEST(Service, TakesBodiesOnlyWhereTheyBelong) {
  Scene scene(answers());
  const auto limit = [&](const char* method, const char* target) -> std::optional<std::size_t> {
    const net::Admission out = scene.service.admit(net::Request{method, target, {}, {}});
    const auto* size = std::get_if<std::size_t>(&out);
    return size == nullptr ? std::nullopt : std::optional(*size);
  };
  EXPECT_EQ(limit("POST", "/claustrum/evidence"), 1024U);
  EXPECT_GT(limit("POST", "/claustrum/ohttp").value_or(0), std::size_t{1} << 20);
  EXPECT_LT(limit("POST", "/claustrum/ohttp").value_or(1 << 30), std::size_t{2} << 20);
  EXPECT_EQ(limit("GET", "/.well-known/claustrum"), 0U);
  EXPECT_EQ(limit("POST", "/.well-known/claustrum"), std::nullopt);
  EXPECT_EQ(limit("GET", "/claustrum/ohttp"), std::nullopt);
  EXPECT_EQ(limit("POST", "/"), std::nullopt);
}

TEST(Service, ListsModels) {
  Scene scene(answers());
  Ask ask;
  ask.method = "GET";
  ask.path = "/v1/models";
  ask.body.clear();
  EXPECT_EQ(scene.send(ask).status, 200);
}

TEST(Service, TellsInClearOnlyHints) {
  Scene scene(answers());
  const auto hints = scene.http({"GET", "/.well-known/claustrum", {}, {}});
  ASSERT_TRUE(hints.ok());
  EXPECT_EQ(as_text(hints->body),
            R"({"version":1,"service":"clinic-assistant","documents":[1],)"
            R"("evidence":"/claustrum/evidence","ohttp":"/claustrum/ohttp"})");
}

TEST(Service, AllOtherPathsAndMethodsAreNotThere) {
  Scene scene(answers());
  for (const net::Request& request :
       {net::Request{"GET", "/", {}, {}}, net::Request{"GET", "/claustrum/ohttp", {}, {}},
        net::Request{"GET", "/claustrum/evidence", {}, {}},
        net::Request{"POST", "/.well-known/claustrum", {}, {}},
        net::Request{"POST", "/v1/chat/completions", {}, to_bytes("{}")},
        net::Request{"GET", "/v1/models", {}, {}}, net::Request{"GET", "/metrics", {}, {}},
        net::Request{"POST", "/claustrum/ohttp/", {}, {}}}) {
    const auto answer = scene.http(request);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, 404) << request.method << " " << request.target;
  }
  EXPECT_EQ(scene.engine.requests, 0);
}

TEST(Service, NoncesAreReadStrictly) {
  Scene scene(answers());
  const std::string good = codec::base64_encode(Bytes(32));
  for (const std::string& body : std::vector<std::string>{
           "", "{}", "[]", "{\"version\":1}", "{\"version\":2,\"nonce\":\"" + good + "\"}",
           "{\"version\":1,\"nonce\":\"" + codec::base64_encode(Bytes(31)) + "\"}",
           "{\"version\":1,\"nonce\":\"" + codec::base64_encode(Bytes(64)) + "\"}",
           "{\"version\":1,\"nonce\":\"" + good + "\",\"report_data\":\"\"}",
           "{\"version\":1,\"nonce\":\"" + good + "\"}" + std::string(2000, ' ')}) {
    const auto answer = scene.ask_evidence(body);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, 400) << body;
  }
  EXPECT_EQ(scene.attester.calls, 0);
}

TEST(Service, WithoutEvidenceItAsksToComeBack) {
  Scene scene(answers());
  scene.attester.broken = true;
  const auto answer =
      scene.ask_evidence("{\"version\":1,\"nonce\":\"" + codec::base64_encode(Bytes(32)) + "\"}");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->headers.find("Retry-After"), "1");
}

TEST(Service, PathsOutsideTheProfileAreNotFoundInside) {
  Scene scene(answers());
  for (const char* path : {"/health", "/slots", "/metrics", "/v1/chat/completions?a=1"}) {
    Ask ask;
    ask.path = path;
    expect_refused(scene, scene.send(ask), 404, "engine.path");
  }
}

TEST(Service, MembersOutsideTheProfileAreRefused) {
  Scene scene(answers());
  Ask ask;
  ask.body = R"({"messages":[],"cache_prompt":true})";
  expect_refused(scene, scene.send(ask), 400, "engine.member");
  ask.body = "no json";
  expect_refused(scene, scene.send(ask), 400, "engine.request");
  ask.body = std::string(kMaxRequestBody + 1, ' ');
  expect_refused(scene, scene.send(ask), 413, "engine.size");
}

TEST(Service, AReplayedSealedRequestIsRefusedInClear) {
  Scene scene(answers());
  Ask ask;
  channel::SealedRequest sealed = scene.seal(ask);
  EXPECT_EQ(Scene::open(scene.http(Scene::post(sealed.body)), std::move(sealed.opener)).status,
            200);
  const auto again = scene.http(Scene::post(sealed.body));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->status, 400);
  EXPECT_EQ(as_text(again->body), R"({"type":"claustrum:ohttp"})");
  EXPECT_EQ(scene.engine.requests, 1);
}

TEST(Service, ARequestIdRunsTheEngineOnce) {
  Scene scene(answers());
  Ask ask;
  ask.document = scene.document();
  EXPECT_EQ(scene.send(ask).status, 200);
  const Reply again = scene.send(ask);  // sealed anew
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "already-run");
  EXPECT_FALSE(again.has_receipt());
  EXPECT_EQ(scene.engine.requests, 1);
}

TEST(Service, ARefusedRequestCanBeSentAgainUnderItsId) {
  Scene scene(answers());
  Ask ask;
  ask.path = "/nowhere";
  EXPECT_EQ(scene.send(ask).status, 404);
  ask.path = "/v1/chat/completions";
  EXPECT_EQ(scene.send(ask).status, 200);
}

TEST(Service, AnUnknownDocumentIsRefused) {
  Scene scene(answers());
  Ask ask;
  ask.document = crypto::sha256(as_bytes("another replica's"));
  expect_refused(scene, scene.send(ask), 409, "unknown-evidence");
}

TEST(Service, ARequestForAnotherServiceIsRefused) {
  Scene scene(answers());
  Ask ask;
  ask.authority = "other-assistant";
  expect_refused(scene, scene.send(ask), 421, "authority");
  ask.authority = "";
  expect_refused(scene, scene.send(ask), 421, "authority");
  ask.authority = test::kService;
  ask.scheme = "http";
  expect_refused(scene, scene.send(ask), 421, "authority");
}

TEST(Service, FieldsAreRequiredOnceAndWhole) {
  Scene scene(answers());
  Ask ask;
  for (const char* id :
       {"", "00", "zz000000000000000000000000000000", "000000000000000000000000000000000000"}) {
    ask.id_field = id;
    expect_refused(scene, scene.send(ask), 400, "fields");
  }
  ask.id_field.reset();
  ask.more = {{"claustrum-request-id", codec::hex_encode(Bytes(16))}};
  expect_refused(scene, scene.send(ask), 400, "fields");
  ask.more = {{"claustrum-evidence", codec::hex_encode(Bytes(32))}};
  expect_refused(scene, scene.send(ask), 400, "fields");
  ask.more.clear();
  ask.trailers = {{"x", "y"}};
  expect_refused(scene, scene.send(ask), 400, "trailers");
}

TEST(Service, AMalformedMessageIsRefusedInside) {
  Scene scene(answers());
  channel::SealedRequest sealed = channel::seal_request(scene.key(), as_bytes("no bhttp")).value();
  expect_refused(scene, Scene::open(scene.http(Scene::post(sealed.body)), std::move(sealed.opener)),
                 400, "bhttp");
}

TEST(Service, AnUnknownKeyIsAHintToVerifyAgain) {
  Scene scene(answers());
  Ask ask;
  channel::SealedRequest sealed = scene.seal(ask);
  sealed.body[0] ^= 0x80;
  const Reply reply = Scene::open(scene.http(Scene::post(sealed.body)), std::move(sealed.opener));
  EXPECT_EQ(reply.http_status, 400);
  EXPECT_EQ(problem_type(reply), kKeyProblem);
}

TEST(Service, ARetiredKeyOpensThroughItsOverlapOnly) {
  Scene scene(answers(), {}, 600);
  const channel::KeyConfig old = scene.key();
  Ask ask;
  ask.document = scene.document();
  const auto with_old_key = [&] {
    ask.id = crypto::random_array<16>();
    channel::SealedRequest sealed = channel::seal_request(old, Scene::bhttp(ask)).value();
    return Scene::open(scene.http(Scene::post(sealed.body)), std::move(sealed.opener));
  };
  scene.clock.set(test::kNow + 600);
  EXPECT_NE(scene.key().key_id, old.key_id);
  EXPECT_EQ(with_old_key().status, 200);
  scene.clock.set(test::kNow + 600 + KeyRing::kOverlapSeconds);
  const Reply late = with_old_key();
  EXPECT_EQ(late.http_status, 400);
  EXPECT_EQ(problem_type(late), kKeyProblem);
}

TEST(Service, ASpentKeyIsAHintToVerifyAgain) {
  Scene scene(answers(), {}, 600, 2);
  const channel::KeyConfig spent = scene.key();
  Ask ask;
  ask.document = scene.document();
  std::string last;
  for (int i = 0; i < 3; ++i) {
    ask.id = crypto::random_array<16>();
    channel::SealedRequest sealed = channel::seal_request(spent, Scene::bhttp(ask)).value();
    const Reply reply = Scene::open(scene.http(Scene::post(sealed.body)), std::move(sealed.opener));
    EXPECT_EQ(reply.http_status, i < 2 ? 200 : 400);
    last = i == 2 ? problem_type(reply) : "";
  }
  EXPECT_EQ(last, kKeyProblem);
  ask.id = crypto::random_array<16>();
  EXPECT_EQ(scene.send(ask).status, 200);
}

TEST(Service, EveryCutAndEveryFlippedByteOfASealedRequestIsRefused) {
  Scene scene(answers());
  Ask ask;
  const channel::SealedRequest sealed = scene.seal(ask);
  for (std::size_t i = 0; i < sealed.body.size(); i += i < 60 ? 1 : 97) {
    Bytes cut = to_bytes(BytesView(sealed.body).first(i));
    Bytes flipped = sealed.body;
    flipped[i] ^= 1;
    for (const Bytes& body : {cut, flipped}) {
      const auto answer = scene.http(Scene::post(body));
      ASSERT_TRUE(answer.ok());
      EXPECT_EQ(answer->status, 400) << i;
    }
  }
  EXPECT_EQ(scene.engine.requests, 0);
}

TEST(Service, OnlyItsMediaTypeIsOpened) {
  Scene scene(answers());
  Ask ask;
  channel::SealedRequest sealed = scene.seal(ask);
  for (const char* type : {"message/ohttp-req", "application/json", ""}) {
    net::Request request = Scene::post(sealed.body);
    request.headers = {{"Content-Type", type}};
    EXPECT_EQ(scene.http(request)->status, 415);
  }
}

TEST(Service, ErrorsInsideShowOneSize) {
  Scene scene(answers());
  std::set<std::vector<std::size_t>> shapes;
  for (const char* path : {"/", "/a/long/path/that/is/not/there/at/all", "/v1/chat/completions"}) {
    Ask ask;
    ask.path = path;
    ask.body = R"({"id_slot":1})";
    shapes.insert(scene.send(ask).chunks);
  }
  EXPECT_EQ(shapes.size(), 1U);
}

TEST(Service, NothingOfARequestOrAnswerIsLogged) {
  Scene scene(answers());
  Ask ask;
  ask.body = R"({"messages":[{"role":"user","content":"a secret question"}]})";
  ask.document = scene.document();
  ask.more = {{"authorization", "Bearer secret-key"}};
  (void)scene.send(ask);
  (void)scene.send(ask);
  ask.path = "/secret/path";
  (void)scene.send(ask);
  ask.id_field = "secret";
  (void)scene.send(ask);
  (void)scene.ask_evidence("secret");
  (void)scene.http(Scene::post(to_bytes("secret")));
  const std::string log = scene.log.text();
  EXPECT_NE(log.find("serve.request complete=1 cut=0\n"), std::string::npos);
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
  EXPECT_EQ(log.find(codec::hex_encode(ask.id)), std::string::npos) << log;
  // Why a sealed request was refused is inside the seal only.
  EXPECT_EQ(log.find("already-run"), std::string::npos) << log;
  EXPECT_EQ(log.find("engine.path"), std::string::npos) << log;
}

TEST(Service, ManyClientsAtOnce) {
  Scene scene([](const net::Request& request, net::ResponseWriter& out) {
    (void)out.respond(test::json_answer(as_text(request.body)));
  });
  const crypto::Sha256Digest document = scene.document();
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i) {
      threads.emplace_back([&, i] {
        Ask ask;
        ask.document = document;
        ask.body = R"({"prompt":")" + std::to_string(i) + "\"}";
        good += scene.send(ask).content == ask.body ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 12);
}

}  // namespace
}  // namespace claustrum::gateway
