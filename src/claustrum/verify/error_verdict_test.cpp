// SPDX-License-Identifier: Apache-2.0
#include "claustrum/verify/error_verdict.h"

#include <gtest/gtest.h>

namespace claustrum::verify {
namespace {

TEST(ErrorVerdict, EveryCodeHasANumberAndAWord) {
  struct Row {
    Code code;
    int number;
    std::string_view word;
  };
  for (const Row& row : {Row{Code::kMalformed, 30, "malformed"},
                         {Code::kUnsupported, 20, "unsupported"},
                         {Code::kBadSignature, 10, "refused"},
                         {Code::kUntrustedRoot, 10, "refused"},
                         {Code::kNotYetValid, 10, "refused"},
                         {Code::kExpired, 10, "refused"},
                         {Code::kRevoked, 10, "refused"},
                         {Code::kMismatch, 10, "refused"},
                         {Code::kPolicyDenied, 10, "refused"},
                         {Code::kStale, 10, "refused"},
                         {Code::kUnauthorised, 10, "refused"},
                         {Code::kNotFound, 2, "usage"},
                         {Code::kConflict, 1, "internal"},
                         {Code::kExhausted, 30, "malformed"},
                         {Code::kUnavailable, 1, "unavailable"},
                         {Code::kInternal, 1, "internal"}}) {
    const Error error(row.code, "test.reason", "text");
    EXPECT_EQ(exit_code(error), row.number) << to_string(row.code);
    EXPECT_EQ(verdict_word(error), row.word) << to_string(row.code);
  }
}

TEST(ErrorVerdict, AFullDiskIsNoFaultOfTheInput) {
  EXPECT_EQ(exit_code(Error(Code::kExhausted, "store.full", "")), 1);
}

TEST(ErrorVerdict, TheObjectHasEveryMemberOfAVerdict) {
  EXPECT_EQ(codec::to_json(error_json(Error(Code::kNotFound, "file.missing", "cannot read x"))),
            R"({"verdict":"usage","platform":null,"simulated":false,"time":null,"factors":[)"
            R"({"id":"input","status":"fail","expected":"input that can be judged",)"
            R"("found":"cannot read x","reason":"file.missing","advice":""}],"claims":null,)"
            R"("waivers":[]})");
}

}  // namespace
}  // namespace claustrum::verify
