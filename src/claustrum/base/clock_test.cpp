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
