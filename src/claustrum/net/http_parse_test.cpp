// SPDX-License-Identifier: Apache-2.0
// The parser against whole messages, single bytes and everything that has two readings.
#include "claustrum/net/http_parse.h"

namespace claustrum::net {
namespace {

using Kind = MessageParser::Kind;

struct Parsed {
  Status status;
  MessageHead head;
  std::string body;
  bool done = false;
  std::size_t used = 0;
};

Parsed parse(Kind kind, std::string_view text, std::size_t step = 1 << 20,
             const ParseLimits& limits = {}, bool eof = false) {
  MessageParser parser(kind, limits);
  Parsed out;
  while (out.used < text.size() && !parser.done()) {
    const auto taken = parser.feed(as_bytes(text.substr(out.used, step)));
    if (!taken.ok()) {
      out.status = taken.error();
      return out;
    }
    out.used += *taken;
  }
  if (eof) {
    out.status = parser.end_of_input();
  }
  out.done = parser.done();
  out.head = parser.head();
  out.body = as_text(parser.take_body());
  return out;
}

void expect_refused(std::string_view text, std::string_view reason, Kind kind = Kind::kRequest) {
  for (const std::size_t step : {std::size_t{1}, text.size()}) {
    const Parsed parsed = parse(kind, text, step);
    ASSERT_FALSE(parsed.status.ok()) << text;
    EXPECT_EQ(parsed.status.error().code(), Code::kMalformed) << text;
    EXPECT_EQ(parsed.status.error().reason(), reason) << text;
  }
}

constexpr std::string_view kChunked =
    "POST /a?b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4\r\nWiki\r\n6;ext=\"q\"\r\npedia \r\n0\r\nX-Trailer: t\r\n\r\n";

TEST(HttpParse, ReadsChunkedRequestInAnySteps) {
  for (std::size_t step = 1; step <= kChunked.size(); ++step) {
    const Parsed parsed = parse(Kind::kRequest, kChunked, step);
    ASSERT_TRUE(parsed.status.ok()) << step << parsed.status.error().message();
    EXPECT_TRUE(parsed.done);
    EXPECT_EQ(parsed.head.method, "POST");
    EXPECT_EQ(parsed.head.target, "/a?b");
    EXPECT_EQ(parsed.body, "Wikipedia ");
    EXPECT_TRUE(parsed.head.keep_alive);
    // A trailer never becomes a header.
    EXPECT_EQ(parsed.head.headers.list().size(), 2u);
  }
}

TEST(HttpParse, EveryPrefixIsIncomplete) {
  for (std::size_t length = 0; length < kChunked.size(); ++length) {
    const Parsed parsed =
        parse(Kind::kRequest, kChunked.substr(0, length), 1 << 20, ParseLimits{}, true);
    ASSERT_FALSE(parsed.status.ok()) << length;
    EXPECT_EQ(parsed.status.error().reason(), "net.truncated") << length;
  }
}

TEST(HttpParse, LeavesPipelinedBytes) {
  const std::string one = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  const Parsed parsed = parse(Kind::kRequest, one + "GET / HTTP/1.1\r\n");
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.used, one.size());
  EXPECT_EQ(parsed.body, "ab");
}

TEST(HttpParse, RefusesLengthTogetherWithChunked) {
  expect_refused(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
      "net.http");
  expect_refused(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
      "net.http");
}

TEST(HttpParse, RefusesRepeatedOrOddLength) {
  expect_refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
                 "net.content_length");
  expect_refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\n",
                 "net.content_length");
  expect_refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +4\r\n\r\n", "net.http");
  expect_refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
                 "net.http");
}

TEST(HttpParse, RefusesOtherCodings) {
  for (const char* coding : {"gzip", "gzip, chunked", "identity", "chunked, gzip", "xchunked"}) {
    expect_refused(
        std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ") + coding + "\r\n\r\n",
        "net.transfer_coding");
  }
  expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "net.transfer_coding");
  expect_refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                 "net.transfer_coding", Kind::kResponse);
}

TEST(HttpParse, RefusesFoldedLines) {
  expect_refused("GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n", "net.obs_fold");
  expect_refused("GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\tc\r\n\r\n", "net.obs_fold");
}

TEST(HttpParse, RefusesBadBytes) {
  expect_refused("GET / HTTP/1.1\nHost: h\n\n", "net.head_bytes");
  expect_refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", "net.head_bytes");
  expect_refused(std::string_view("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 37),
                 "net.head_bytes");
  expect_refused("GET / HTTP/1.1\r\nHost : h\r\n\r\n", "net.http");
  expect_refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n", "net.http");
  expect_refused("GET / HTTP/1.1\r\nHost: h\r\nX\xc3: a\r\n\r\n", "net.http");
  expect_refused("GET / HTTP/2.0\r\nHost: h\r\n\r\n", "net.http");
  expect_refused("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "net.http");
  expect_refused("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "net.http");
}

TEST(HttpParse, RefusesMissingOrRepeatedHost) {
  expect_refused("GET / HTTP/1.1\r\n\r\n", "net.host");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "net.host");
  EXPECT_TRUE(parse(Kind::kRequest, "GET / HTTP/1.0\r\n\r\n").done);
}

TEST(HttpParse, RefusesOtherTargets) {
  for (const char* target : {"http://h/", "h:1", "*", "/a#b", "/\xc3\xa9"}) {
    expect_refused(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n", "net.target");
  }
  EXPECT_TRUE(parse(Kind::kRequest, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").done);
}

TEST(HttpParse, RefusesBadChunks) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"x\r\n", "-1\r\n", "0x4\r\nWiki\r\n0\r\n\r\n", "4\r\nWikiX\r\n0\r\n\r\n",
                           "11111111111111111\r\n", "4 \nWiki\r\n0\r\n\r\n", "\r\n\r\n",
                           "0\r\nContent-Length: 3\r\n\r\n"}) {
    expect_refused(head + body, "net.http");
  }
}

TEST(HttpParse, BoundsHeadBytesAndLines) {
  std::string bomb = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 200; ++i) {
    bomb += "X-" + std::to_string(i) + ": y\r\n";
  }
  bomb += "\r\n";
  const std::string wide = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'y') + "\r\n\r\n";
  for (const std::string& text : {bomb, wide}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{9}, text.size()}) {
      const Parsed parsed = parse(Kind::kRequest, text, step, {4096, 100});
      ASSERT_FALSE(parsed.status.ok());
      EXPECT_EQ(parsed.status.error().code(), Code::kExhausted);
      EXPECT_EQ(parsed.status.error().reason(), "net.header_limit");
    }
  }
}

TEST(HttpParse, BoundsBodies) {
  const ParseLimits limits{4096, 8};
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const std::string& text :
       {start + "Content-Length: 9\r\n\r\n", start + "Transfer-Encoding: chunked\r\n\r\n9\r\n",
        start + "Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n1\r\n"}) {
    const Parsed parsed = parse(Kind::kRequest, text, 7, limits);
    ASSERT_FALSE(parsed.status.ok()) << text;
    EXPECT_EQ(parsed.status.error().reason(), "net.body_limit");
    EXPECT_EQ(parsed.status.error().code(), Code::kExhausted);
  }
  const Parsed close = parse(Kind::kResponse, "HTTP/1.1 200 OK\r\n\r\n123456789", 7, limits, true);
  ASSERT_FALSE(close.status.ok());
  EXPECT_EQ(close.status.error().reason(), "net.body_limit");
}

TEST(HttpParse, BoundsChunkFraming) {
  std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 50; ++i) {
    text += "1;x=" + std::string(500, 'y') + "\r\nz\r\n";
  }
  const Parsed parsed = parse(Kind::kRequest, text + "0\r\n\r\n", 100, {4096, 1 << 20});
  ASSERT_FALSE(parsed.status.ok());
  EXPECT_EQ(parsed.status.error().code(), Code::kExhausted);
  EXPECT_EQ(parsed.status.error().reason(), "net.chunk_overhead");
  const Parsed trailer =
      parse(Kind::kRequest,
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
                std::string(5000, 'y'),
            100, {4096, 1 << 20});
  ASSERT_FALSE(trailer.status.ok());
  EXPECT_EQ(trailer.status.error().reason(), "net.header_limit");
}

TEST(HttpParse, SkipsInterimAnswers) {
  const Parsed parsed = parse(Kind::kResponse,
                              "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early\r\n\r\n"
                              "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nz",
                              3);
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.head.status, 201);
  EXPECT_EQ(parsed.head.headers.list().size(), 1u);
  EXPECT_EQ(parsed.body, "z");
  expect_refused("HTTP/1.1 101 Switching Protocols\r\n\r\n", "net.interim", Kind::kResponse);
  std::string many;
  for (int i = 0; i < 9; ++i) {
    many += "HTTP/1.1 102 P\r\n\r\n";
  }
  expect_refused(many, "net.interim", Kind::kResponse);
}

TEST(HttpParse, EndOfInputEndsOnlyCloseDelimitedBodies) {
  const Parsed close = parse(Kind::kResponse, "HTTP/1.1 200 OK\r\n\r\nabc", 1, ParseLimits{}, true);
  EXPECT_TRUE(close.status.ok());
  EXPECT_EQ(close.body, "abc");
  for (const char* cut : {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                          "HTTP/1.1 200 OK\r\nConten"}) {
    const Parsed parsed = parse(Kind::kResponse, cut, 1, ParseLimits{}, true);
    ASSERT_FALSE(parsed.status.ok());
    EXPECT_EQ(parsed.status.error().code(), Code::kUnavailable);
    EXPECT_EQ(parsed.status.error().reason(), "net.truncated");
  }
}

TEST(HttpParse, AnswersToHeadHaveNoBody) {
  const Parsed parsed =
      parse(Kind::kResponseToHead, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  EXPECT_TRUE(parsed.done);
}

TEST(HttpParse, KeepsAliveOnlyOneDotOne) {
  EXPECT_FALSE(
      parse(Kind::kRequest, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parse(Kind::kRequest, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                   .head.keep_alive);
  EXPECT_TRUE(parse(Kind::kRequest, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").head.keep_alive);
}

}  // namespace
}  // namespace claustrum::net
