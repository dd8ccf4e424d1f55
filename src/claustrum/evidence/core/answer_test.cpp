// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/answer.h"

#include <gtest/gtest.h>

namespace claustrum::evidence {
namespace {

Claims claims_with(codec::Json nonce) {
  Claims out;
  out.report_data = Bytes(64, 1);
  out.details = codec::Json::object();
  out.details.set("nonce", std::move(nonce));
  return out;
}

TEST(Answer, IsTheReportDataWhereThereIsNoNonce) {
  Claims claims;
  claims.report_data = Bytes(64, 1);
  EXPECT_EQ(answered_nonce(claims), Bytes(64, 1));
  EXPECT_EQ(answered_nonce(claims_with(codec::Json())), Bytes(64, 1));
  EXPECT_EQ(answered_nonce(claims_with(codec::Json(7))), Bytes(64, 1));
}

TEST(Answer, IsTheNonceWhereThereIsOne) {
  EXPECT_EQ(answered_nonce(claims_with("a5ff")), Bytes({0xa5, 0xff}));
  // Never the report data, which answers somebody else then.
  EXPECT_EQ(answered_nonce(claims_with("")), Bytes());
  EXPECT_EQ(answered_nonce(claims_with("no hex")), Bytes());
}

}  // namespace
}  // namespace claustrum::evidence
