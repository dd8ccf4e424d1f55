// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace claustrum {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return Error(Code::kMismatch, "test.odd", "odd");
  }
  return value / 2;
}

Result<int> quarter(int value) {
  CLAUSTRUM_TRY_ASSIGN(const int first, half(value));
  CLAUSTRUM_TRY_ASSIGN(const int second, half(first));
  return second;
}

Status check_half(int value) {
  CLAUSTRUM_TRY(half(value));
  return ok_status();
}

TEST(Result, PassesValuesThrough) {
  ASSERT_TRUE(quarter(8).ok());
  EXPECT_EQ(*quarter(8), 2);
}

TEST(Result, StopsAtTheFirstError) {
  const Result<int> result = quarter(6);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kMismatch);
  EXPECT_EQ(result.error().reason(), "test.odd");
}

TEST(Result, StatusCarriesTheErrorOfAnyResult) {
  EXPECT_TRUE(check_half(2).ok());
  EXPECT_EQ(check_half(3).error().reason(), "test.odd");
}

TEST(Error, MessageNamesCodeReasonAndContext) {
  const Error error = Error(Code::kStale, "test.old", "3 days").within("while testing");
  EXPECT_EQ(error.message(), "stale test.old: while testing: 3 days");
}

TEST(ResultDeathTest, ReadingAnErrorAsValueAborts) {
  EXPECT_DEATH((void)*quarter(6), "internal error");
}

}  // namespace
}  // namespace claustrum
