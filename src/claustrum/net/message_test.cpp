// SPDX-License-Identifier: Apache-2.0
// Endpoints, header lists and the text rules of what we send.
#include "claustrum/net/http.h"
#include "claustrum/net/http_text.h"

namespace claustrum::net {
namespace {

TEST(NetEndpoint, ReadsTcpAndUnix) {
  const auto tcp = Endpoint::parse("http://127.0.0.1:8080");
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ(tcp->host, "127.0.0.1");
  EXPECT_EQ(tcp->port, 8080);
  EXPECT_EQ(tcp->text(), "http://127.0.0.1:8080");
  const auto v6 = Endpoint::parse("http://[::1]:9/");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ(v6->text(), "http://[::1]:9");
  EXPECT_EQ(Endpoint::parse("http://example.org")->port, 80);
  const auto local = Endpoint::parse("unix:/run/x.sock");
  ASSERT_TRUE(local.ok());
  EXPECT_EQ(local->text(), "unix:/run/x.sock");
}

TEST(NetEndpoint, RefusesEverythingElse) {
  for (const char* url :
       {"http://", "http://:80", "http://a:99999", "http://a:b", "http://a/b", "http://u@a",
        "http://[::1", "http://[zz]:1", "http://[::1]80", "unix:relative", "unix:"}) {
    const auto parsed = Endpoint::parse(url);
    ASSERT_FALSE(parsed.ok()) << url;
    EXPECT_EQ(parsed.error().reason(), "net.endpoint") << url;
    EXPECT_EQ(parsed.error().code(), Code::kMalformed) << url;
  }
  EXPECT_EQ(Endpoint::parse("https://a").error().code(), Code::kUnsupported);
  EXPECT_FALSE(Endpoint::parse("unix:/" + std::string(107, 'x')).ok());
}

TEST(NetEndpoint, KnowsLoopback) {
  for (const char* url : {"http://127.0.0.1:1", "http://127.9.9.9:1", "http://[::1]:1",
                          "http://LocalHost:1", "unix:/x"}) {
    EXPECT_TRUE(Endpoint::parse(url)->is_loopback()) << url;
  }
  for (const char* url : {"http://0.0.0.0:1", "http://128.0.0.1:1", "http://localhost.evil:1",
                          "http://127.0.0.1.evil:1", "http://[::]:1"}) {
    EXPECT_FALSE(Endpoint::parse(url)->is_loopback()) << url;
  }
}

TEST(NetHeaders, FindsWithoutCase) {
  Headers headers{{"Accept", "a"}, {"accept", "b"}};
  EXPECT_EQ(headers.find("ACCEPT"), "a");
  EXPECT_EQ(headers.count("Accept"), 2u);
  EXPECT_FALSE(headers.find("host").has_value());
}

TEST(NetRequest, SplitsTarget) {
  Request request;
  request.target = "/a/b?c=d?e";
  EXPECT_EQ(request.path(), "/a/b");
  EXPECT_EQ(request.query(), "c=d?e");
  request.target = "/a";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "");
}

TEST(NetText, ParsesPlainDecimalsOnly) {
  EXPECT_EQ(parse_decimal("0"), 0u);
  EXPECT_EQ(parse_decimal("9999999999999999999"), 9999999999999999999u);
  for (const char* text : {"", "+1", "-1", "1 ", "0x1", "1,1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_decimal(text).has_value()) << text;
  }
}

TEST(NetText, RefusesFieldInjection) {
  const Framing framing;
  for (const HeaderField& field :
       {HeaderField{"x", "a\r\nSet-Cookie: b"}, HeaderField{"x", "a\nb"}, HeaderField{"x y", "a"},
        HeaderField{"", "a"}, HeaderField{"x", " a"}, HeaderField{"x", std::string("a\0b", 3)}}) {
    const auto head = response_head(200, {field}, framing);
    ASSERT_FALSE(head.ok());
    EXPECT_EQ(head.error().code(), Code::kMalformed);
    EXPECT_EQ(head.error().reason(), "net.field_injection");
  }
  Request request;
  request.target = "/a b";
  EXPECT_FALSE(request_head(request, "h", framing).ok());
  request.target = "/";
  request.method = "GET /x HTTP/1.1\r\n";
  EXPECT_FALSE(request_head(request, "h", framing).ok());
}

TEST(NetText, OwnsTheFramingFields) {
  const auto head =
      response_head(200, {{"Transfer-Encoding", "chunked"}, {"Content-Length", "9"}, {"X-A", "b"}},
                    {Framing::Kind::kLength, 3, true});
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(*head, "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace claustrum::net
