// SPDX-License-Identifier: Apache-2.0
// Points in time as whole seconds since 1970-01-01T00:00:00Z. Verifiers take an Instant; only `app`
// and services hold a Clock, so that a verdict can be replayed at any later date.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "claustrum/base/result.h"

namespace claustrum {

struct Instant {
  std::int64_t seconds = 0;
  auto operator<=>(const Instant&) const = default;
};

inline Instant operator+(Instant at, std::int64_t seconds) {
  return {at.seconds + seconds};
}

// RFC 3339 with "Z" or a numeric offset; fractions of a second are accepted and cut off.
Result<Instant> parse_rfc3339(std::string_view text);
// "2026-11-25T07:15:00Z"
std::string format_rfc3339(Instant at);
// Days since 1970-01-01 of a proleptic Gregorian date; month 1..12, day 1..31.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

// A clock that stands still until told otherwise; for tests and replays.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(Instant at) : at_(at) {}
  Instant now() const override { return at_; }
  void set(Instant at) { at_ = at; }

 private:
  Instant at_;
};

}  // namespace claustrum
