// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace claustrum {

namespace {

class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}

  int number(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_.empty() || text_.front() < '0' || text_.front() > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  bool accept(char expected) {
    if (text_.empty() || text_.front() != expected) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  void expect(char expected) { ok_ = accept(expected) && ok_; }
  void skip_digits() {
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      text_.remove_prefix(1);
    }
  }
  bool ok_at_end() const { return ok_ && text_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view text_;
  bool ok_ = true;
};

constexpr std::array<int, 12> kMonthDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool valid_date(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kMonthDays[static_cast<std::size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
  return day <= days;
}

Error bad_time() {
  return Error(Code::kMalformed, "time.malformed", "not an RFC 3339 time");
}

}  // namespace

// The civil-calendar algorithms below count in eras of 400 years, starting each year in March.
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t shifted_month = month > 2 ? month - 3 : month + 9;
  const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Result<Instant> parse_rfc3339(std::string_view text) {
  Digits in(text);
  const int year = in.number(4);
  in.expect('-');
  const int month = in.number(2);
  in.expect('-');
  const int day = in.number(2);
  if (!in.accept('T') && !in.accept('t')) {
    in.expect(' ');
  }
  const int hour = in.number(2);
  in.expect(':');
  const int minute = in.number(2);
  in.expect(':');
  const int second = in.number(2);
  if (in.accept('.')) {
    (void)in.number(1);
    in.skip_digits();
  }
  std::int64_t offset = 0;
  if (!in.accept('Z') && !in.accept('z')) {
    const bool east = in.accept('+');
    if (!east) {
      in.expect('-');
    }
    const int offset_hours = in.number(2);
    in.expect(':');
    const int offset_minutes = in.number(2);
    if (offset_hours > 23 || offset_minutes > 59) {
      return bad_time();
    }
    offset = (offset_hours * 60 + offset_minutes) * 60 * (east ? 1 : -1);
  }
  if (!in.ok_at_end() || !valid_date(year, month, day) || hour > 23 || minute > 59 || second > 60) {
    return bad_time();
  }
  const std::int64_t days =
      days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return Instant{days * 86400 + hour * 3600 + minute * 60 + second - offset};
}

// By hand: the C library's calendar reads the machine's time zone from a file first, and a verdict
// reads no file.
std::string format_rfc3339(Instant at) {
  constexpr std::int64_t kDay = 86400;
  if (at.seconds < days_from_civil(0, 1, 1) * kDay ||
      at.seconds >= days_from_civil(10000, 1, 1) * kDay) {
    return "time-out-of-range";
  }
  const std::int64_t second = (at.seconds % kDay + kDay) % kDay;
  const std::int64_t days = (at.seconds - second) / kDay;
  // Never later than the year looked for, and a few years before it at most.
  std::int64_t year = 1970 + (days < 0 ? days / 365 - 1 : days / 366);
  while (days_from_civil(year + 1, 1, 1) <= days) {
    ++year;
  }
  unsigned month = 1;
  while (month < 12 && days_from_civil(year, month + 1, 1) <= days) {
    ++month;
  }
  const std::int64_t day = days - days_from_civil(year, month, 1) + 1;
  std::array<char, 40> out{};
  (void)std::snprintf(out.data(), out.size(), "%04d-%02u-%02dT%02d:%02d:%02dZ",
                      static_cast<int>(year), month, static_cast<int>(day),
                      static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                      static_cast<int>(second % 60));
  return out.data();
}

Instant SystemClock::now() const {
  return {static_cast<std::int64_t>(std::time(nullptr))};
}

}  // namespace claustrum
