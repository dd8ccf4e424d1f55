// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/clock.h"

#include <gtest/gtest.h>

namespace claustrum {
namespace {

TEST(Clock, ParsesAndFormatsRfc3339) {
  const Result<Instant> at = parse_rfc3339("2026-11-25T07:15:30Z");
  ASSERT_TRUE(at.ok());
  EXPECT_EQ(at->seconds, 1795590930);
  EXPECT_EQ(format_rfc3339(*at), "2026-11-25T07:15:30Z");
}

TEST(Clock, FormatsEveryDayOfTheCalendar) {
  for (std::int64_t day = days_from_civil(0, 1, 1); day < days_from_civil(10000, 1, 1); day += 97) {
    const Instant at{day * 86400 + (day & 0xffff)};
    EXPECT_EQ(*parse_rfc3339(format_rfc3339(at)), at) << day;
  }
  EXPECT_EQ(format_rfc3339({-1}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339({951782400}), "2000-02-29T00:00:00Z");
  EXPECT_EQ(format_rfc3339({1735689599}), "2024-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339({253402300799}), "9999-12-31T23:59:59Z");
  for (const std::int64_t far :
       {std::int64_t{253402300800}, std::int64_t{-62167219201}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(format_rfc3339({far}), "time-out-of-range");
  }
}

TEST(Clock, AppliesOffsetsAndCutsFractions) {
  EXPECT_EQ(parse_rfc3339("2000-02-29T01:00:00.999+01:00")->seconds,
            parse_rfc3339("2000-02-29T00:00:00Z")->seconds);
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-11-25", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                           "2026-11-25T24:00:00Z", "2026-11-25T00:00:00", "2026-11-25T00:00:00Zx",
                           "2026-11-25T00:00:00.Z", "2026-11-25T00:00:00+24:00"}) {
    const Result<Instant> at = parse_rfc3339(text);
    ASSERT_FALSE(at.ok()) << text;
    EXPECT_EQ(at.error().reason(), "time.malformed");
  }
}

TEST(Clock, DaysFromCivilKnowsTheEpoch) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(2000, 3, 1), 11017);
}

}  // namespace
}  // namespace claustrum
