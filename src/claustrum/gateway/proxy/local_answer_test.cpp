// SPDX-License-Identifier: Apache-2.0
// What the local client sees before the receipt held, and after it did not.
#include "claustrum/gateway/proxy/local_answer.h"

#include <gtest/gtest.h>

#include "claustrum/codec/json.h"

namespace claustrum::gateway {
namespace {

constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kStream = "data: 1\n\n: note\nid: [DONE]\ndata: 2\n\ndata: [DONE]\n\n";
constexpr std::string_view kBeforeEnd = "data: 1\n\n: note\nid: [DONE]\ndata: 2\n\n";

class Client final : public net::ResponseWriter {
 public:
  Status respond(const net::Response& response) override {
    status = response.status;
    headers = response.headers;
    text = as_text(response.body);
    ended = true;
    return ok_status();
  }
  Status start(int code, const net::Headers& fields) override {
    status = code;
    headers = fields;
    return ok_status();
  }
  Status write(BytesView chunk) override {
    text += as_text(chunk);
    return ok_status();
  }
  Status finish() override {
    ended = true;
    return ok_status();
  }
  bool peer_gone() override { return gone; }

  int status = 0;
  net::Headers headers;
  std::string text;
  bool ended = false;
  bool gone = false;
};

struct LocalAnswerTest : testing::Test {
  Client client;
  LocalAnswer answer{client, "00ff", false};
  ExchangeSink sink = answer.sink();

  void head(std::string_view type, int status = 200) { ASSERT_TRUE(sink.head(status, type).ok()); }
  void content(std::string_view text) { ASSERT_TRUE(sink.content(as_bytes(text)).ok()); }
};

// Feeds a stream in two pieces, cut at `at`: what was passed on before the receipt.
std::string before_receipt(std::string_view stream, std::size_t at) {
  Client client;
  LocalAnswer answer(client, "00ff", false);
  const ExchangeSink sink = answer.sink();
  EXPECT_TRUE(sink.head(200, kEvents).ok());
  EXPECT_TRUE(sink.content(as_bytes(stream.substr(0, at))).ok());
  EXPECT_TRUE(sink.content(as_bytes(stream.substr(at))).ok());
  std::string before = client.text;
  EXPECT_FALSE(client.ended);
  EXPECT_TRUE(answer.release().ok());
  EXPECT_EQ(client.text, stream);
  EXPECT_TRUE(client.ended);
  return before;
}

TEST_F(LocalAnswerTest, HoldsAWholeAnswerUntilItIsReleased) {
  head("application/json");
  content("{\"a\":");
  content("1}");
  EXPECT_EQ(client.status, 0);
  EXPECT_FALSE(answer.seen());
  ASSERT_TRUE(answer.release().ok());
  EXPECT_EQ(client.status, 200);
  EXPECT_EQ(client.text, "{\"a\":1}");
  EXPECT_EQ(client.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(client.headers.find("Cache-Control"), "no-store");
  EXPECT_EQ(client.headers.find("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(client.headers.find("Claustrum-Request-Id"), "00ff");
  EXPECT_EQ(client.headers.find("Claustrum-Verdict"), "accepted");
}

TEST_F(LocalAnswerTest, PassesAStreamOnLineByLine) {
  head(kEvents, 203);
  EXPECT_EQ(client.status, 203);
  EXPECT_TRUE(answer.seen());
  content("data: 1");
  EXPECT_EQ(client.text, "");
  content("\n\nda");
  EXPECT_EQ(client.text, "data: 1\n\n");
}

TEST_F(LocalAnswerTest, HoldsTheEndMarkUntilItIsReleased) {
  head(kEvents);
  content("data: 1\n\ndata: [DONE]\n\nmore\n");
  EXPECT_EQ(client.text, "data: 1\n\n");
  EXPECT_FALSE(client.ended);
  ASSERT_TRUE(answer.release().ok());
  EXPECT_EQ(client.text, "data: 1\n\ndata: [DONE]\n\nmore\n");
  EXPECT_TRUE(client.ended);
}

TEST(LocalAnswer, FindsTheEndMarkInPiecesOfAnyCut) {
  for (std::size_t at = 0; at <= kStream.size(); ++at) {
    EXPECT_EQ(before_receipt(kStream, at), kBeforeEnd) << at;
  }
}

TEST(LocalAnswer, KnowsEveryLineEndAndEverySpelling) {
  EXPECT_EQ(before_receipt("data: 1\r\rdata: [DONE]\r\r", 3), "data: 1\r\r");
  EXPECT_EQ(before_receipt("data: 1\r\n\r\ndata: [DONE]\r\n\r\n", 8), "data: 1\r\n\r\n");
  EXPECT_EQ(before_receipt("data:[DONE]\n\n", 0), "");
  EXPECT_EQ(before_receipt("data:  [DONE] \n\n", 0), "");
  EXPECT_EQ(before_receipt("data: [DONE]", 0), "");
}

TEST(LocalAnswer, AnEndMarkWithinATextIsNone) {
  constexpr std::string_view kText = "data: {\"t\":\"data: [DONE]\"}\n\ndata:\n\ndata: [DONE\n\n";
  EXPECT_EQ(before_receipt(kText, 20), kText);
}

TEST_F(LocalAnswerTest, AFailureBeforeAnyByteIsAnErrorAsOpenAiClientsReadIt) {
  head("application/json");
  content("{\"a\":1}");
  ASSERT_TRUE(answer.fail(502, "receipt.answer", "does not hold").ok());
  EXPECT_EQ(client.status, 502);
  EXPECT_EQ(client.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(client.headers.find("Claustrum-Request-Id"), "00ff");
  EXPECT_EQ(client.text,
            R"({"error":{"message":"does not hold","type":"claustrum_error","param":null,)"
            R"("code":"receipt.answer"}})");
}

TEST_F(LocalAnswerTest, AFailureWithinAStreamCutsIt) {
  head(kEvents);
  content("data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
  EXPECT_FALSE(answer.fail(502, "receipt.answer", "does not hold").ok());
  EXPECT_FALSE(client.ended);
  EXPECT_EQ(client.text.find("[DONE]"), std::string::npos) << client.text;
  // The error is an event of its own, so that a client that reads on sees it.
  const std::size_t at = client.text.find("\n\ndata: {\"error\":");
  ASSERT_NE(at, std::string::npos) << client.text;
  const std::string event = client.text.substr(at + 8);
  ASSERT_TRUE(event.ends_with("\n\n"));
  const auto json = codec::parse_json(as_bytes(event.substr(0, event.size() - 2)));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->object_at("error")->string_at("code").value(), "receipt.answer");
}

TEST(LocalAnswer, SimulatedServicesAreNamedSoInEveryAnswer) {
  for (const std::string_view type : {kEvents, std::string_view("application/json")}) {
    Client client;
    LocalAnswer answer(client, "00ff", true);
    ASSERT_TRUE(answer.sink().head(200, type).ok());
    ASSERT_TRUE(answer.release().ok());
    EXPECT_EQ(client.headers.find("Claustrum-Verdict"), "simulated: no protection");
  }
}

TEST_F(LocalAnswerTest, TellsTheExchangeWhenTheClientLeft) {
  EXPECT_FALSE(sink.gone());
  client.gone = true;
  EXPECT_TRUE(sink.gone());
}

}  // namespace
}  // namespace claustrum::gateway
