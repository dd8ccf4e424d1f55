// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/local_guard.h"

#include <gtest/gtest.h>

namespace claustrum::gateway {
namespace {

constexpr std::string_view kToken = "ck-test-token";

net::Request good_request() {
  net::Request request;
  request.headers = {{"Host", "127.0.0.1:8080"}, {"Authorization", "Bearer ck-test-token"}};
  return request;
}

Status check(const net::Request& request) {
  return LocalGuard(SecretBytes::copy_of(as_bytes(kToken))).check(request);
}

TEST(LocalGuard, LetsTheTokenHolderIn) {
  EXPECT_TRUE(check(good_request()).ok());
}

TEST(LocalGuard, ReadsTheSchemeWithoutCase) {
  net::Request request;
  request.headers = {{"Host", "localhost"}, {"Authorization", "bearer ck-test-token"}};
  EXPECT_TRUE(check(request).ok());
}

TEST(LocalGuard, KnowsLoopbackByItsNames) {
  for (const char* host : {"127.0.0.1", "localhost", "localhost:1", "[::1]:8080"}) {
    net::Request request;
    request.headers = {{"Host", host}, {"Authorization", "Bearer ck-test-token"}};
    EXPECT_TRUE(check(request).ok()) << host;
  }
}

TEST(LocalGuard, RefusesOtherHosts) {
  for (const char* host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""}) {
    net::Request request;
    request.headers = {{"Host", host}, {"Authorization", "Bearer ck-test-token"}};
    ASSERT_FALSE(check(request).ok()) << host;
    EXPECT_EQ(check(request).error().reason(), "local.host");
  }
}

TEST(LocalGuard, RefusesWebPages) {
  net::Request request = good_request();
  request.headers.add("Origin", "http://127.0.0.1:8080");
  ASSERT_FALSE(check(request).ok());
  EXPECT_EQ(check(request).error().reason(), "local.origin");
}

TEST(LocalGuard, RefusesAMissingOrWrongToken) {
  for (const char* authorization :
       {"", "Bearer ", "Bearer ck-test-tokem", "Bearer ck-test-token ", "ck-test-token"}) {
    net::Request request;
    request.headers = {{"Host", "localhost"}, {"Authorization", authorization}};
    ASSERT_FALSE(check(request).ok()) << authorization;
    EXPECT_EQ(check(request).error().reason(), "local.token");
  }
}

TEST(LocalGuard, TokensDiffer) {
  EXPECT_NE(make_local_token(), make_local_token());
}

}  // namespace
}  // namespace claustrum::gateway
