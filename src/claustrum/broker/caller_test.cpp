// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/caller.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"

namespace claustrum::broker {
namespace {

std::optional<std::string_view> cookie_in(const std::string& value) {
  static net::Headers headers;
  headers = {{"Cookie", value}};
  return session_cookie(headers);
}

TEST(BrokerCaller, FindsTheSessionAmongCookies) {
  EXPECT_EQ(cookie_in("kbs-session-id=ab"), "ab");
  EXPECT_EQ(cookie_in("a=1; kbs-session-id=ab; c=2"), "ab");
  EXPECT_EQ(cookie_in("a=1;kbs-session-id=ab"), "ab");
  EXPECT_EQ(cookie_in("  kbs-session-id=ab  "), "ab");
  EXPECT_EQ(cookie_in("kbs-session-id="), "");
  EXPECT_EQ(cookie_in("kbs-session-id=a=b"), "a=b");
}

TEST(BrokerCaller, OtherCookiesAreNoSession) {
  for (const char* other : {"", ";", ";;; ", "x", "kbs-session-id", "Kbs-Session-Id=ab",
                            "xkbs-session-id=ab", "a=kbs-session-id=ab", "kbs-session-id =ab"}) {
    EXPECT_FALSE(cookie_in(other).has_value()) << other;
  }
  EXPECT_FALSE(session_cookie({}).has_value());
}

TEST(BrokerCaller, LooksIntoEveryCookieHeader) {
  const net::Headers headers{
      {"cookie", "a=1"}, {"X", "kbs-session-id=no"}, {"COOKIE", "kbs-session-id=ab"}};
  EXPECT_EQ(session_cookie(headers), "ab");
}

TEST(BrokerCaller, ReadsBearerTokens) {
  EXPECT_EQ(bearer_token({{"Authorization", "Bearer a.b.c"}}).value_or("-"), "a.b.c");
  EXPECT_EQ(bearer_token({{"authorization", "bearer  a.b.c "}}).value_or("-"), "a.b.c");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic a.b.c", "a.b.c", "BearerX a.b.c"}) {
    EXPECT_FALSE(bearer_token({{"Authorization", other}}).has_value()) << other;
  }
}

TEST(BrokerCaller, ATokenNamesItsSession) {
  const auto token = [](std::string_view claims) {
    return "e30." + codec::base64url_encode(as_bytes(claims)) + ".AA";
  };
  EXPECT_EQ(*session_named_in(token(R"({"jti":"abc"})")), "abc");
  EXPECT_FALSE(session_named_in(token("{}")).ok());
  EXPECT_FALSE(session_named_in(token(R"({"jti":7})")).ok());
  EXPECT_FALSE(session_named_in(token("no json")).ok());
  for (const char* bad : {"", ".", "a.b", "e30.!!.AA"}) {
    EXPECT_FALSE(session_named_in(bad).ok()) << bad;
  }
}

// A stale cookie beside a good token is a caller that must start again, as in the reference server.
TEST(BrokerCaller, TheCookieComesFirst) {
  Sessions sessions;
  const auto session = *sessions.open("snp", Instant{100});
  session->token =
      "e30." + codec::base64url_encode(as_bytes(R"({"jti":")" + session->id + "\"}")) + ".AA";
  const std::string bearer = "Bearer " + session->token;
  const Instant now{100};
  EXPECT_EQ(find_caller(sessions, {{"Authorization", bearer}}, now)->get(), session.get());
  EXPECT_EQ(find_caller(sessions, {{"Cookie", "kbs-session-id=" + session->id}}, now)->get(),
            session.get());
  const auto stale =
      find_caller(sessions, {{"Cookie", "kbs-session-id=0"}, {"Authorization", bearer}}, now);
  ASSERT_FALSE(stale.ok());
  EXPECT_EQ(stale.error().reason(), "broker.session");
  const auto none = find_caller(sessions, {}, now);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().reason(), "broker.session");
}

TEST(BrokerCaller, ATokenEndsWithItsSession) {
  Sessions sessions;
  const auto session = *sessions.open("snp", Instant{100});
  session->token =
      "e30." + codec::base64url_encode(as_bytes(R"({"jti":")" + session->id + "\"}")) + ".AA";
  const net::Headers headers{{"Authorization", "Bearer " + session->token}};
  EXPECT_FALSE(find_caller(sessions, headers, Instant{401}).ok());
}

}  // namespace
}  // namespace claustrum::broker
