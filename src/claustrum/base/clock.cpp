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

std::string format_rfc3339(Instant at) {
  const std::time_t seconds = static_cast<std::time_t>(at.seconds);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) {
    return "time-out-of-range";
  }
  std::array<char, 40> out{};
  (void)std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return out.data();
}

Instant SystemClock::now() const {
  return {static_cast<std::int64_t>(std::time(nullptr))};
}

}  // namespace claustrum
