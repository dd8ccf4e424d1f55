// SPDX-License-Identifier: Apache-2.0
// One request and its answer, with the operator's and a lying replica's hands on every part of it.
#include "claustrum/gateway/proxy/sealed_exchange.h"

#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/proxy/test_proxy.h"

namespace claustrum::gateway {
namespace {

using document::Outcome;
using document::ReceiptClaims;
using test::Forgery;
using test::kEventAnswer;
using test::kWholeAnswer;
using test::Pass;
using test::Seen;
using test::Tamper;
using test::World;
using test::WorldOptions;

void expect_error(const Result<ExchangeResult>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok()) << reason;
  EXPECT_EQ(result.error().code(), code) << reason;
  EXPECT_EQ(result.error().reason(), reason) << result.error().text();
}

struct Streaming : World {
  Streaming() : World(with_events()) {}
  static WorldOptions with_events() {
    WorldOptions options;
    options.engine = test::answers_in_events();
    return options;
  }
};

// A receipt that lies in one member.
void expect_receipt_fault(const std::function<void(ReceiptClaims&)>& change,
                          std::string_view reason) {
  World world;
  Forgery forgery;
  forgery.claims = change;
  world.replica().lie(forgery);
  Seen seen;
  expect_error(world.exchange(seen), Code::kMismatch, reason);
}

TEST(SealedExchange, HandsOnAWholeAnswerWithItsReceipt) {
  World world;
  Seen seen;
  const auto result = world.exchange(seen);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(seen.heads, 1);
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.type, "application/json");
  EXPECT_EQ(seen.content, kWholeAnswer);
  EXPECT_EQ(result->receipt.outcome, Outcome::kComplete);
  EXPECT_EQ(result->receipt.replica, world.replica().id());
  EXPECT_EQ(result->salts.size(), 64U);
  EXPECT_FALSE(result->receipt_cose.empty());
}

TEST(SealedExchange, HandsOnAStreamWithoutItsFiller) {
  Streaming world;
  Seen seen;
  const auto result = world.exchange(seen);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(seen.type, "text/event-stream");
  EXPECT_EQ(seen.content, kEventAnswer);
  EXPECT_EQ(result->receipt.answer_length, static_cast<std::int64_t>(kEventAnswer.size()));
}

TEST(SealedExchange, HandsOnEachPartOfAStreamAsItComes) {
  std::promise<void> arrived;
  WorldOptions options;
  options.engine = [&](const net::Request&, net::ResponseWriter& out) {
    (void)out.start(200, {{"Content-Type", "text/event-stream"}});
    (void)out.write(as_bytes("data: 1\n\n"));
    arrived.get_future().wait();  // the rest only once the client has the first part
    (void)out.write(as_bytes("data: 2\n\n"));
    (void)out.finish();
  };
  World world(options);
  std::string content;
  ExchangeSink sink;
  sink.head = [](int, std::string_view) { return ok_status(); };
  sink.content = [&](BytesView bytes) {
    if (content.empty()) {
      arrived.set_value();
    }
    content += as_text(bytes);
    return ok_status();
  };
  ExchangeRequest request;
  request.method = "POST";
  request.path = "/v1/chat/completions";
  request.body = as_bytes(test::kPrompt);
  const auto attested = world.service.current();
  ASSERT_TRUE(exchange(world.service.endpoint(), **attested, request, sink).ok());
  EXPECT_EQ(content, "data: 1\n\ndata: 2\n\n");
}

TEST(SealedExchange, TheOperatorReadsNothing) {
  World world;
  Seen seen;
  ASSERT_TRUE(world.exchange(seen).ok());
  const std::string wire = world.wire();
  EXPECT_NE(wire.find("POST /claustrum/ohttp"), std::string::npos);
  for (const char* secret : {"secret", "messages", "/v1/", "claustrum-request-id"}) {
    EXPECT_EQ(wire.find(secret), std::string::npos) << secret;
  }
}

TEST(SealedExchange, SendsAddressIdDocumentAndTypeOnly) {
  World world;
  world.replica().lie({});
  Seen seen;
  ASSERT_TRUE(world.exchange(seen).ok());
  const channel::BhttpRequest opened = world.replica().opened();
  EXPECT_EQ(opened.head.method, "POST");
  EXPECT_EQ(opened.head.scheme, "https");
  EXPECT_EQ(opened.head.authority, test::kService);
  EXPECT_EQ(opened.head.path, "/v1/chat/completions");
  ASSERT_EQ(opened.head.headers.size(), 3U);
  EXPECT_EQ(channel::find_field(opened.head.headers, "content-type"), "application/json");
  EXPECT_EQ(as_text(opened.content), test::kPrompt);
  EXPECT_TRUE(opened.trailers.empty());
}

// Four pieces: response nonce, head, content, end.
TEST(SealedExchange, AnAnswerCutAnywhereIsNoAnswer) {
  for (const bool in_events : {false, true}) {
    for (std::size_t at = 0; at < 4; ++at) {
      World world;
      world.replica().lie(in_events ? test::events() : Forgery());
      Tamper cut;
      cut.chunk = [at](std::size_t index, Bytes&) { return index == at ? Pass::kCut : Pass::kOn; };
      world.tamper(cut);
      Seen seen;
      expect_error(world.exchange(seen), Code::kUnavailable, "net.truncated");
      cut.chunk = [at](std::size_t index, Bytes&) { return index == at ? Pass::kEnd : Pass::kOn; };
      world.tamper(cut);
      expect_error(world.exchange(seen), Code::kUnavailable, "ohttp.truncated");
    }
  }
}

TEST(SealedExchange, AStreamCutOnItsWayIsNoAnswer) {
  Streaming world;
  Tamper cut;
  cut.chunk = [](std::size_t index, Bytes&) { return index == 2 ? Pass::kCut : Pass::kOn; };
  world.tamper(cut);
  Seen seen;
  expect_error(world.exchange(seen), Code::kUnavailable, "net.truncated");
}

TEST(SealedExchange, ChangedBytesDoNotOpen) {
  World world;
  world.replica().lie({});
  for (std::size_t at = 0; at < 4; ++at) {
    Tamper flip;
    flip.chunk = [at](std::size_t index, Bytes& chunk) {
      chunk.back() ^= index == at ? 1 : 0;
      return Pass::kOn;
    };
    world.tamper(flip);
    Seen seen;
    expect_error(world.exchange(seen), Code::kBadSignature, "ohttp.chunk");
  }
}

TEST(SealedExchange, AnAnswerToAnotherRequestDoesNotOpen) {
  World world;
  auto recorded = std::make_shared<std::vector<Bytes>>();
  world.replica().lie({});
  Tamper record;
  record.chunk = [recorded](std::size_t, Bytes& chunk) {
    recorded->push_back(chunk);
    return Pass::kOn;
  };
  world.tamper(record);
  Seen seen;
  ASSERT_TRUE(world.exchange(seen).ok());
  Tamper replay;
  replay.chunk = [recorded](std::size_t index, Bytes& chunk) {
    chunk = recorded->at(index);
    return Pass::kOn;
  };
  world.tamper(replay);
  expect_error(world.exchange(seen), Code::kBadSignature, "ohttp.chunk");
}

TEST(SealedExchange, AStatusInClearIsAHintOrAnEnd) {
  World world;
  for (const int status : {201, 302, 401, 404, 429, 500, 503}) {
    Tamper other;
    other.head = [status](int& out, net::Headers&) { out = status; };
    world.tamper(other);
    Seen seen;
    expect_error(world.exchange(seen), Code::kUnavailable, "exchange.refused");
    EXPECT_EQ(seen.heads, 0);
  }
  Tamper key;
  key.head = [](int& out, net::Headers&) { out = 400; };
  world.tamper(key);
  Seen seen;
  expect_error(world.exchange(seen), Code::kStale, "exchange.key");
  EXPECT_EQ(seen.heads, 0);
}

TEST(SealedExchange, OnlySealedAnswersAreRead) {
  World world;
  for (const char* type : {"application/json", "message/ohttp-res", "text/event-stream", ""}) {
    Tamper clear;
    clear.instead = [type](const net::Request& request) -> std::optional<net::Response> {
      if (request.target != "/claustrum/ohttp") {
        return std::nullopt;
      }
      return net::Response{200, {{"Content-Type", type}}, to_bytes(kWholeAnswer)};
    };
    world.tamper(clear);
    Seen seen;
    expect_error(world.exchange(seen), Code::kUnavailable, "exchange.refused");
    EXPECT_EQ(seen.heads, 0);
  }
}

TEST(SealedExchange, OnlyTwoTypesReachTheClient) {
  for (const char* type : {"text/html", "application/javascript", "application/json-seq", ""}) {
    World world;
    Forgery forgery;
    forgery.head.headers = {{"content-type", type}};
    world.replica().lie(forgery);
    Seen seen;
    expect_error(world.exchange(seen), Code::kMalformed, "exchange.content_type");
    EXPECT_EQ(seen.heads, 0);
    EXPECT_TRUE(seen.content.empty());
  }
}

TEST(SealedExchange, AContentTypesParametersAreDropped) {
  World world;
  Forgery forgery;
  forgery.head.headers = {{"content-type", "application/json; charset=x"}, {"set-cookie", "a=b"}};
  world.replica().lie(forgery);
  Seen seen;
  ASSERT_TRUE(world.exchange(seen).ok());
  EXPECT_EQ(seen.type, "application/json");
}

TEST(SealedExchange, TooManyFieldsAreRefused) {
  World world;
  Forgery forgery;
  for (int i = 0; i < 200; ++i) {
    forgery.head.headers.push_back({"x-" + std::to_string(i), "y"});
  }
  world.replica().lie(forgery);
  Seen seen;
  expect_error(world.exchange(seen), Code::kExhausted, "bhttp.field_limit");
  Tamper flood;
  flood.head = [](int&, net::Headers& headers) {
    headers.add("X-Flood", std::string(65 * 1024, 'x'));
  };
  world.tamper(flood);
  expect_error(world.exchange(seen), Code::kExhausted, "net.header_limit");
  EXPECT_EQ(seen.heads, 0);
}

TEST(SealedExchange, AnAnswerWithoutItsReceiptIsRefused) {
  for (const bool in_events : {false, true}) {
    World world;
    Forgery forgery = in_events ? test::events() : Forgery();
    forgery.with_receipt = false;
    world.replica().lie(forgery);
    Seen seen;
    expect_error(world.exchange(seen), Code::kBadSignature, "receipt.missing");
  }
}

TEST(SealedExchange, AReceiptOfAnotherKeyIsRefused) {
  World world;
  Forgery forgery;
  forgery.signer = &test::identity_key();
  world.replica().lie(forgery);
  Seen seen;
  expect_error(world.exchange(seen), Code::kBadSignature, "cose.signature");
}

TEST(SealedExchange, AReceiptNamesThisReplica) {
  expect_receipt_fault([](ReceiptClaims& claims) { claims.service = "other"; }, "receipt.service");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.replica[0] ^= 1; }, "receipt.replica");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.evidence_document[0] ^= 1; },
                       "receipt.evidence_document");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.init_data[0] ^= 1; },
                       "receipt.init_data");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.manifest[0] ^= 1; }, "receipt.manifest");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.software.emplace(); },
                       "receipt.software");
}

TEST(SealedExchange, AReceiptNamesThisRequestAndAnswer) {
  expect_receipt_fault([](ReceiptClaims& claims) { claims.request_id[0] ^= 1; },
                       "receipt.request_id");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.request[0] ^= 1; }, "receipt.request");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.answer[0] ^= 1; }, "receipt.answer");
  expect_receipt_fault([](ReceiptClaims& claims) { ++claims.answer_length; },
                       "receipt.answer_length");
  expect_receipt_fault([](ReceiptClaims& claims) { claims.status = 500; }, "receipt.status");
}

TEST(SealedExchange, SaltsAreTwoAndInTheirPlaces) {
  const auto with_salts = [](const std::function<Bytes(const Bytes&)>& change) {
    Forgery forgery;
    forgery.trailers = [change](channel::Fields& fields) {
      const Bytes salts = codec::base64url_decode(fields.at(1).value).value();
      fields.at(1).value = codec::base64url_encode(change(salts));
    };
    World world;
    world.replica().lie(forgery);
    Seen seen;
    return world.exchange(seen);
  };
  const auto half = [](const Bytes& salts) { return to_bytes(BytesView(salts).first(32)); };
  const auto swapped = [](const Bytes& salts) {
    return concat({BytesView(salts).subspan(32), BytesView(salts).first(32)});
  };
  expect_error(with_salts(half), Code::kMalformed, "receipt.salts");
  expect_error(with_salts(swapped), Code::kMismatch, "receipt.request");
  Forgery forgery;
  forgery.trailers = [](channel::Fields& fields) { fields.pop_back(); };
  World world;
  world.replica().lie(forgery);
  Seen seen;
  expect_error(world.exchange(seen), Code::kBadSignature, "receipt.missing");
}

TEST(SealedExchange, ASignedAdmissionThatTheAnswerIsCutIsNoSuccess) {
  for (const Outcome outcome : {Outcome::kCut, Outcome::kEngineFailed}) {
    World world;
    Forgery forgery;
    forgery.claims = [outcome](ReceiptClaims& claims) { claims.outcome = outcome; };
    world.replica().lie(forgery);
    Seen seen;
    expect_error(world.exchange(seen), Code::kUnavailable, "exchange.incomplete");
  }
}

TEST(SealedExchange, AnEngineThatStopsWithinAStreamIsNoSuccess) {
  WorldOptions options;
  options.engine = [](const net::Request&, net::ResponseWriter& out) {
    (void)out.start(200, {{"Content-Type", "text/event-stream"}});
    (void)out.write(as_bytes("data: 1\n\n"));
  };
  World world(options);
  Seen seen;
  expect_error(world.exchange(seen), Code::kUnavailable, "exchange.incomplete");
  EXPECT_EQ(seen.content, "data: 1\n\n");
}

TEST(SealedExchange, ASealedRefusalNeedsNoReceipt) {
  World world;
  Seen seen;
  const auto result = world.exchange(seen, test::kPrompt, "/v1/elsewhere");
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(seen.status, 404);
  EXPECT_TRUE(result->receipt_cose.empty());
  EXPECT_EQ(world.engine.requests, 0);
}

TEST(SealedExchange, AReceiptOfAFailureIsCheckedToo) {
  World world;
  Forgery forgery;
  forgery.head.status = 500;
  world.replica().lie(forgery);
  Seen seen;
  const auto result = world.exchange(seen);
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(result->status, 500);
  forgery.claims = [](ReceiptClaims& claims) { claims.status = 200; };
  world.replica().lie(forgery);
  expect_error(world.exchange(seen), Code::kMismatch, "receipt.status");
}

TEST(SealedExchange, AForgottenDocumentIsToldApart) {
  World world;
  Forgery forgery;
  forgery.with_receipt = false;
  forgery.head.status = 409;
  forgery.content = openai_error("t", "unknown-evidence", "m");
  world.replica().lie(forgery);
  Seen seen;
  expect_error(world.exchange(seen), Code::kStale, "exchange.evidence");
  for (const std::string& other :
       {openai_error("t", "already-run", "m"), std::string("{}"), std::string("unknown-evidence"),
        std::string(R"({"error":{"code":1}})"), std::string(R"({"error":"unknown-evidence"})")}) {
    forgery.content = other;
    world.replica().lie(forgery);
    const auto result = world.exchange(seen);
    ASSERT_TRUE(result.ok()) << other;
    EXPECT_EQ(result->status, 409);
  }
}

TEST(SealedExchange, WhatCannotBeSealedIsNotSent) {
  World world;
  ASSERT_TRUE(world.service.current().ok());
  Seen seen;
  expect_error(world.exchange(seen, test::kPrompt, "/v1/a b"), Code::kMalformed,
               "exchange.request");
  expect_error(world.exchange(seen, test::kPrompt, ""), Code::kMalformed, "exchange.request");
  EXPECT_EQ(world.sealed, 0);
}

TEST(SealedExchange, EndsWhenNobodyWaits) {
  std::promise<void> leave;
  WorldOptions options;
  options.engine = [&](const net::Request&, net::ResponseWriter& out) {
    leave.get_future().wait();
    (void)out.respond(test::json_answer(kWholeAnswer));
  };
  World world(options);
  Seen seen;
  seen.gone = [&] { return world.engine.requests > 0; };
  expect_error(world.exchange(seen), Code::kUnavailable, "net.cancelled");
  leave.set_value();
}

TEST(SealedExchange, EndsWhenTheClientTakesNoMore) {
  World world;
  ExchangeSink sink;
  sink.head = [](int, std::string_view) { return ok_status(); };
  sink.content = [](BytesView) {
    return Status(Error(Code::kUnavailable, "net.peer_gone", "left"));
  };
  ExchangeRequest request;
  request.method = "POST";
  request.path = "/v1/chat/completions";
  request.body = as_bytes(test::kPrompt);
  const auto attested = world.service.current();
  expect_error(exchange(world.service.endpoint(), **attested, request, sink), Code::kUnavailable,
               "net.peer_gone");
}

TEST(SealedExchange, AServiceThatIsNotThereIsUnavailable) {
  World world;
  const auto attested = world.service.current();
  ASSERT_TRUE(attested.ok());
  ExchangeRequest request;
  request.method = "GET";
  request.path = "/v1/models";
  Seen seen;
  const ExchangeSink sink = seen.sink();
  const auto result = exchange(net::Endpoint::parse("unix:/nonexistent/claustrum.sock").value(),
                               **attested, request, sink);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace claustrum::gateway
