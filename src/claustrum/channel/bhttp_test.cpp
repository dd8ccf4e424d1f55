// SPDX-License-Identifier: Apache-2.0
// Binary HTTP: vectors of the RFC and of three other implementations, then one fault at a time.
#include "claustrum/channel/bhttp.h"

#include "claustrum/base/writer.h"
#include "claustrum/channel/shaping.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::channel {
namespace {

using codec::Json;
using crypto::hex_of;
using crypto::shared_json;

Bytes hex(std::string_view text) {
  return codec::hex_decode(text).value();
}

// Requests have even framing indicators.
bool is_request(BytesView message) {
  return message[0] >> 6 == 0 ? message[0] % 2 == 0
                              : message[(1u << (message[0] >> 6)) - 1] % 2 == 0;
}

Status parse_either(BytesView message) {
  if (message.empty() || is_request(message)) {
    const auto parsed = parse_bhttp_request(message);
    return parsed.ok() ? ok_status() : Status(parsed.error());
  }
  const auto parsed = parse_bhttp_response(message);
  return parsed.ok() ? ok_status() : Status(parsed.error());
}

std::string reason_of(const Status& status) {
  return status.ok() ? "ok" : std::string(status.error().reason());
}

TEST(BhttpVectors, Rfc9292) {
  const auto file = shared_json("vectors/ohttp/bhttp-rfc9292-examples.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  const Json& binary = *file->find("binary");
  const auto known = parse_bhttp_request(hex_of(*binary.find("ex-bink-request"), "hex"));
  const auto streamed = parse_bhttp_request(hex_of(*binary.find("ex-bini-request"), "hex"));
  ASSERT_TRUE(known.ok() && streamed.ok());
  EXPECT_EQ(known->head.method, "GET");
  EXPECT_EQ(known->head.scheme, "https");
  EXPECT_EQ(known->head.authority, "");
  EXPECT_EQ(known->head.path, "/hello.txt");
  EXPECT_EQ(find_field(known->head.headers, "host"), "www.example.com");
  EXPECT_EQ(known->head.headers, streamed->head.headers);
  EXPECT_EQ(streamed->message_len, hex_of(*binary.find("ex-bini-request"), "hex").size() - 10);
  const auto answer = parse_bhttp_response(hex_of(*binary.find("ex-bini-response"), "hex"));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->head.status, 200);
  EXPECT_EQ(find_field(answer->head.headers, "server"), "Apache");
  EXPECT_FALSE(find_field(answer->head.headers, "running").has_value());
  EXPECT_EQ(answer->content.size(), 51u);
  const auto chunked = parse_bhttp_response(hex_of(*binary.find("ex-bink-chunked"), "hex"));
  ASSERT_TRUE(chunked.ok());
  EXPECT_EQ(chunked->trailers, (Fields{{"trailer", "text"}}));
}

TEST(BhttpVectors, MartinThomson) {
  const auto file = shared_json("vectors/ohttp/bhttp-martinthomson.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  for (const auto& [name, value] : file->find("valid")->members()) {
    EXPECT_EQ(reason_of(parse_either(hex(value.string()))), "ok") << name;
  }
  for (const auto& [name, value] : file->find("must_be_rejected_as_truncated")->members()) {
    const Status status = parse_either(hex(value.string()));
    ASSERT_FALSE(status.ok()) << name;
    // A length beyond every limit is refused before its bytes would be missed.
    EXPECT_EQ(status.error().reason(),
              name == "oversized" ? "bhttp.truncated" : "bhttp.control_limit");
  }
}

TEST(BhttpVectors, Quiche) {
  const auto file = shared_json("vectors/ohttp/bhttp-quiche.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  for (const Json& item : file->items()) {
    const std::string test = item.find("test")->string();
    const Bytes message = hex_of(item, "hex");
    const std::string check = item.find("first_check")->string();
    const bool fragment = message[0] == 0x0a;  // test cases without their control data
    const bool response =
        test.starts_with("Response") || test.find("Response") != std::string::npos;
    Status status;
    if (response) {
      const auto parsed = parse_bhttp_response(message);
      status = parsed.ok() ? ok_status() : Status(parsed.error());
    } else {
      const auto parsed = parse_bhttp_request(message);
      status = parsed.ok() ? ok_status() : Status(parsed.error());
    }
    const bool accepts = check == ".ok()" || check == "QUICHE_EXPECT_OK";
    EXPECT_EQ(status.ok(), accepts) << test << " " << reason_of(status) << fragment;
  }
}

TEST(BhttpVectors, OhttpGoOnlyWithLowerCaseNames) {
  const auto file = shared_json("vectors/ohttp/bhttp-ohttp-go.json");
  if (!file) {
    GTEST_SKIP() << "no shared vectors";
  }
  for (const Json& item : file->items()) {
    Bytes message = hex_of(item, "hex");
    // These carry "Accept" and "X-Api-Key"; RFC 9292 3.6 demands HTTP/2's lower case.
    EXPECT_EQ(reason_of(parse_either(message)), "bhttp.field_name");
    for (std::uint8_t& byte : message) {
      byte = byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + 32) : byte;
    }
    const auto parsed = parse_bhttp_request(message);
    ASSERT_TRUE(parsed.ok()) << item.find("what")->string() << parsed.error().message();
    EXPECT_EQ(parsed->head.headers.size(), 4u);
  }
}

BhttpRequest sample_request() {
  BhttpRequest out;
  out.head = {"POST", "https", "example.org", "/v1/x?y=z", {{"accept", "*/*"}, {"x-a", ""}}};
  out.content = to_bytes("some content");
  out.trailers = {{"x-t", "1"}};
  return out;
}

BhttpResponse sample_response() {
  return {{200, {{"content-type", "text/plain"}}}, to_bytes("some content"), {{"x-t", "1"}}};
}

TEST(Bhttp, RoundTrips) {
  Bytes message = encode_bhttp(sample_request()).value();
  const std::size_t length = message.size();
  pad_bhttp(message);
  EXPECT_EQ(message.size(), 512u);
  const auto request = parse_bhttp_request(message);
  ASSERT_TRUE(request.ok()) << request.error().message();
  EXPECT_EQ(request->head.path, "/v1/x?y=z");
  EXPECT_EQ(request->head.headers, sample_request().head.headers);
  EXPECT_EQ(as_text(request->content), "some content");
  EXPECT_EQ(request->trailers, sample_request().trailers);
  EXPECT_EQ(request->message_len, length);
  EXPECT_EQ(encode_bhttp(*request).value(),
            Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length)));
  const auto response = parse_bhttp_response(encode_bhttp(sample_response()).value());
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->head.status, 200);
  EXPECT_EQ(as_text(response->content), "some content");
}

TEST(Bhttp, YieldsContentAsItArrives) {
  BhttpResponseDecoder decoder;
  ASSERT_TRUE(decoder.feed(encode_bhttp_head(ResponseHead{200, {{"a", "b"}}}).value()).ok());
  ASSERT_TRUE(decoder.head_done());
  EXPECT_EQ(decoder.head().status, 200);
  const Bytes chunk = encode_bhttp_content(as_bytes("token"));
  ASSERT_TRUE(decoder.feed(BytesView(chunk).first(3)).ok());
  EXPECT_EQ(as_text(decoder.take_content()), "to");
  ASSERT_TRUE(decoder.feed(BytesView(chunk).subspan(3)).ok());
  EXPECT_EQ(as_text(decoder.take_content()), "ken");
  EXPECT_EQ(decoder.finish().error().reason(), "bhttp.truncated");
  // A decoder that failed once stays failed.
  EXPECT_FALSE(decoder.feed(encode_bhttp_end().value()).ok());
}

TEST(Bhttp, AnyCutGivesTheSame) {
  Bytes message = encode_bhttp(sample_response()).value();
  pad_bhttp(message);
  for (std::size_t step = 1; step < 40; ++step) {
    BhttpResponseDecoder decoder;
    Bytes content;
    for (std::size_t at = 0; at < message.size(); at += step) {
      ASSERT_TRUE(
          decoder.feed(BytesView(message).subspan(at, std::min(step, message.size() - at))).ok());
      append(content, decoder.take_content());
    }
    ASSERT_TRUE(decoder.finish().ok());
    EXPECT_EQ(as_text(content), "some content");
    EXPECT_EQ(decoder.trailers(), sample_response().trailers);
    EXPECT_EQ(decoder.message_len(), encode_bhttp(sample_response())->size());
  }
}

// Where a message of each framing may stop short of empty remainders, and nowhere else.
TEST(Bhttp, EveryPrefixIsTruncatedExceptWhereTheRfcAllows) {
  const Bytes known =
      hex("00"
          "03474554"
          "05"
          "6874747073"
          "0161"
          "012f"
          "04"
          "01780179"
          "026162"
          "04"
          "01740175");
  const Bytes streamed = encode_bhttp(sample_request()).value();
  const std::size_t head = encode_bhttp_head(sample_request().head)->size();
  const std::size_t content = head + encode_bhttp_content(sample_request().content).size() + 1;
  for (std::size_t length = 0; length < known.size(); ++length) {
    const bool allowed = length == 15 || length == 20 || length == 23;
    EXPECT_EQ(reason_of(parse_either(BytesView(known).first(length))),
              allowed ? "ok" : "bhttp.truncated")
        << length;
  }
  EXPECT_TRUE(parse_either(known).ok());
  for (std::size_t length = 0; length < streamed.size(); ++length) {
    const bool allowed = length == head || length == content;
    EXPECT_EQ(reason_of(parse_either(BytesView(streamed).first(length))),
              allowed ? "ok" : "bhttp.truncated")
        << length;
  }
  EXPECT_EQ(reason_of(parse_either(hex("0340c8"))), "bhttp.truncated");
  EXPECT_EQ(reason_of(parse_either(hex("0140c8"))), "ok");
  // An informational answer alone is none.
  EXPECT_EQ(reason_of(parse_either(hex("014066"))), "bhttp.truncated");
  EXPECT_EQ(reason_of(parse_either(hex("01406600"))), "bhttp.truncated");
}

TEST(Bhttp, RefusesNonZeroPadding) {
  Bytes message = encode_bhttp(sample_request()).value();
  append(message, hex("000000"));
  EXPECT_TRUE(parse_bhttp_request(message).ok());
  for (std::size_t back = 1; back <= 3; ++back) {
    Bytes bad = message;
    bad[bad.size() - back] = 1;
    const auto parsed = parse_bhttp_request(bad);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), Code::kMalformed);
    EXPECT_EQ(parsed.error().reason(), "bhttp.padding");
  }
}

TEST(Bhttp, RefusesFramingOfTheOtherDirection) {
  for (const char* message : {"01", "03", "04", "3f", "ffffffffffffffff"}) {
    EXPECT_EQ(parse_bhttp_request(hex(message)).error().reason(), "bhttp.framing");
  }
  EXPECT_EQ(parse_bhttp_response(hex("00")).error().reason(), "bhttp.framing");
}

TEST(Bhttp, RefusesStatusOutOfRange) {
  for (const char* message : {"034063", "034258", "034065", "0300", "03ffffffffffffffff"}) {
    EXPECT_EQ(parse_bhttp_response(hex(message)).error().reason(), "bhttp.status") << message;
  }
}

// A response with one field, as a writer without scruples would send it.
Bytes with_field(std::string_view name, std::string_view value, bool trailer = false) {
  ByteWriter out;
  out.varint(3).varint(200);
  if (trailer) {
    out.u8(0).u8(0);
  }
  out.prefixed_varint(as_bytes(name)).prefixed_varint(as_bytes(value)).u8(0);
  return std::move(out).take();
}

std::string field_verdict(std::string_view name, std::string_view value, bool trailer = false) {
  return reason_of(parse_either(with_field(name, value, trailer)));
}

TEST(Bhttp, RefusesBadNamesAndValues) {
  for (const char* name : {"Accept", "a b", "a:", "\x7f", "\xc3\xa9", "a\n"}) {
    EXPECT_EQ(field_verdict(name, "x"), "bhttp.field_name") << name;
  }
  for (const std::string& value : {std::string("a\r\nb: c"), std::string("a\0b", 3),
                                   std::string(" a"), std::string("a\t"), std::string("\x7f")}) {
    EXPECT_EQ(field_verdict("x", value), "bhttp.field_value");
  }
  EXPECT_EQ(field_verdict("x", "a\tb \xc3\xa9"), "ok");
}

TEST(Bhttp, RefusesPseudoFields) {
  for (const char* name : {":method", ":status", ":protocol", ":"}) {
    EXPECT_EQ(field_verdict(name, "x"), "bhttp.pseudo_field");
    EXPECT_EQ(field_verdict(name, "x", true), "bhttp.pseudo_field");
  }
}

TEST(Bhttp, RefusesConnectionFields) {
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}) {
    EXPECT_EQ(field_verdict(name, "x"), "bhttp.connection_field");
  }
}

TEST(Bhttp, RefusesContentLengthThatDisagrees) {
  BhttpRequest request = sample_request();
  for (const auto& [value, good] :
       std::vector<std::pair<std::string, bool>>{{"12", true}, {"11", false}, {"+12", false}}) {
    request.head.headers = {{"content-length", value}};
    const auto parsed = parse_bhttp_request(encode_bhttp(request).value());
    EXPECT_EQ(parsed.ok(), good);
    if (!good) {
      EXPECT_EQ(parsed.error().reason(), "bhttp.content_length");
    }
  }
  // Stopping before the content does not get around it.
  EXPECT_EQ(parse_bhttp_request(encode_bhttp_head(request.head).value()).error().reason(),
            "bhttp.content_length");
  EXPECT_EQ(field_verdict("content-length", "3", true), "bhttp.content_length");
  // What a HEAD would have got.
  EXPECT_EQ(field_verdict("content-length", "3"), "ok");
}

TEST(Bhttp, RefusesBadControlData) {
  const RequestHead good = sample_request().head;
  std::vector<RequestHead> bad(9, good);
  bad[0].method = "";
  bad[1].method = "GE T";
  bad[2].scheme = "";
  bad[3].scheme = "ht\ttp";
  bad[4].authority = "user@host";
  bad[5].authority = "a/b";
  bad[6].path = "";
  bad[7].path = "/a b";
  bad[8].path = "*";
  for (const RequestHead& head : bad) {
    EXPECT_EQ(encode_bhttp_head(head).error().reason(), "bhttp.control");
    ByteWriter out;
    out.varint(2);
    for (const std::string& part : {head.method, head.scheme, head.authority, head.path}) {
      out.prefixed_varint(as_bytes(part));
    }
    out.u8(0);
    EXPECT_EQ(parse_bhttp_request(out.view()).error().reason(), "bhttp.control");
  }
}

TEST(Bhttp, BoundsEverything) {
  BhttpLimits limits;
  limits.max_section_bytes = 20;
  limits.max_fields = 2;
  limits.max_content_bytes = 4;
  limits.max_informational = 1;
  const auto verdict = [&](const Bytes& message) {
    const auto parsed = parse_bhttp_response(message, limits);
    return parsed.ok() ? std::string("ok") : std::string(parsed.error().reason());
  };
  EXPECT_EQ(verdict(with_field("x", std::string(17, 'y'))), "ok");
  EXPECT_EQ(verdict(with_field("x", std::string(18, 'y'))), "bhttp.section_limit");
  EXPECT_EQ(verdict(with_field(std::string(20, 'x'), "")), "bhttp.section_limit");
  EXPECT_EQ(verdict(encode_bhttp({{200, {{"a", ""}, {"b", ""}, {"c", ""}}}, {}, {}}).value()),
            "bhttp.field_limit");
  EXPECT_EQ(verdict(encode_bhttp({{200, {}}, to_bytes("12345"), {}}).value()),
            "bhttp.content_limit");
  Bytes split = encode_bhttp_head(ResponseHead{200, {}}).value();
  append(split, encode_bhttp_content(as_bytes("1234")));
  append(split, encode_bhttp_content(as_bytes("5")));
  EXPECT_EQ(verdict(split), "bhttp.content_limit");
  EXPECT_EQ(verdict(hex("03406600406600")), "bhttp.informational_limit");
  EXPECT_EQ(verdict(hex("0140c8"
                        "15")),
            "bhttp.section_limit");
  EXPECT_EQ(verdict(hex("0140c8"
                        "0405")),
            "bhttp.truncated");
  EXPECT_EQ(verdict(hex("0140c8"
                        "0401000161")),
            "bhttp.field_name");
  EXPECT_EQ(verdict(hex("0140c8"
                        "03017802")),
            "bhttp.section");
  EXPECT_EQ(verdict(hex("0140c8"
                        "00"
                        "ffffffffffffffff")),
            "bhttp.content_limit");
}

TEST(Bhttp, WriterDropsConnectionFieldsAndLowersNames) {
  const ResponseHead head{200,
                          {{"Connection", "close, X-Hop"},
                           {"x-hop", "1"},
                           {"Transfer-Encoding", "chunked"},
                           {"Content-Type", "text/plain"}}};
  const auto parsed = parse_bhttp_response(encode_bhttp_head(head).value());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->head.headers, (Fields{{"content-type", "text/plain"}}));
  EXPECT_EQ(encode_bhttp_head(ResponseHead{200, {{"a", "b\r\nc"}}}).error().reason(),
            "bhttp.field_value");
  EXPECT_EQ(encode_bhttp_end({{"a b", "c"}}).error().reason(), "bhttp.field_name");
  EXPECT_EQ(encode_bhttp_head(ResponseHead{103, {}}).error().reason(), "bhttp.status");
}

}  // namespace
}  // namespace claustrum::channel
