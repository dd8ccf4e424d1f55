// SPDX-License-Identifier: Apache-2.0
// A verdict is read on one screen: 50 lines of 100 columns, however many questions were asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "claustrum/policy/explain.h"

namespace claustrum::policy {
namespace {

std::string shown(const evidence::Factors& factors, bool simulated = true) {
  VerdictView view;
  view.platform = "intel-tdx";
  view.simulated = simulated;
  view.factors = &factors;
  const std::string text = explain(view, Colour::kOff);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
  return text;
}

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void pass_many(evidence::Factors& factors, int number) {
  for (int i = 0; i < number; ++i) {
    factors.pass("question-" + std::to_string(i), "yes", std::string(96, 'a'));
  }
}

TEST(Screen, SaysHowManyOfEach) {
  evidence::Factors factors;
  factors.pass("a", "x", "x");
  factors.fail("b", "b.c", "x", "y", "do this");
  factors.not_reached({"d", "e"});
  const std::string text = shown(factors, false);
  EXPECT_TRUE(has(text, "4 checks: 1 pass, 1 fail, 2 not-reached\nrefused for b\n")) << text;
  evidence::Factors good;
  good.pass("a", "x", "x");
  EXPECT_FALSE(has(shown(good, false), "refused for"));
}

TEST(Screen, WhatWasNotReachedTakesNoLinesOfItsOwn) {
  evidence::Factors factors;
  factors.fail("format", "x.y", "a quote", "noise", "send it as it came");
  for (int i = 0; i < 40; ++i) {
    const std::string id = "question-" + std::to_string(i);
    factors.not_reached({std::string_view(id)});
  }
  const std::string text = shown(factors);
  EXPECT_LT(lines_of(text), 20) << text;
  EXPECT_TRUE(has(text, "not-reached  question-0, question-1, ")) << text;
  EXPECT_TRUE(has(text, "question-39\n")) << text;
}

TEST(Screen, FiftyLinesHoldWhatever) {
  for (const int number : {10, 25, 40, 60, 300}) {
    evidence::Factors factors;
    pass_many(factors, number);
    factors.fail("bad", "b.c", std::string(500, 'e'), std::string(500, 'f'), "do this");
    const std::string text = shown(factors);
    EXPECT_LE(lines_of(text), 50) << number;
    EXPECT_TRUE(has(text, "FAIL         bad")) << number;
    EXPECT_TRUE(has(text, "expected  eee")) << number;
    EXPECT_TRUE(has(text, "do        do this")) << number;
  }
}

TEST(Screen, ShowsAMeasurementWholeWhereThereIsRoom) {
  evidence::Factors factors;
  factors.pass("measurement.mr_td", "x", std::string(96, 'a'));
  std::string text = shown(factors);
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c != 'a'; }), text.end());
  EXPECT_GE(text.size(), 96U);
}

TEST(Screen, AFailedValueIsShownWholeToBeCopied) {
  evidence::Factors factors;
  pass_many(factors, 40);
  factors.fail("measurement.mr_td", "policy.measurement", "exactly " + std::string(96, 'b'),
               std::string(96, 'f'), "do this");
  const std::string text = shown(factors);
  std::string found;
  std::istringstream lines(text.substr(text.rfind('\n', text.find("found ")) + 1));
  for (std::string line; std::getline(lines, line) && !has(line, "expected");) {
    found += line.substr(25);
  }
  EXPECT_EQ(found, std::string(96, 'f')) << text;
}

TEST(Screen, IntelsComponentsInARowAreOneLine) {
  evidence::Factors factors;
  for (int i = 1; i <= 16; ++i) {
    const std::string number = (i < 10 ? "0" : "") + std::to_string(i);
    factors.pass("tcb.sgxtcbcomp" + number, "at least 1", std::to_string(i));
  }
  EXPECT_TRUE(has(shown(factors), "tcb.sgxtcbcomp01-16")) << shown(factors);
  EXPECT_TRUE(has(shown(factors), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"));
  evidence::Factors many = factors;
  pass_many(many, 60);
  EXPECT_TRUE(has(shown(many), "pass         tcb.sgxtcbcomp01-16, question-0, ")) << shown(many);
  factors.list()[4].status = evidence::FactorStatus::kFail;
  EXPECT_TRUE(has(shown(factors), "tcb.sgxtcbcomp01-04")) << shown(factors);
  EXPECT_TRUE(has(shown(factors), "FAIL         tcb.sgxtcbcomp05")) << shown(factors);
  EXPECT_TRUE(has(shown(factors), "tcb.sgxtcbcomp16")) << shown(factors);
}

TEST(Screen, AVerdictAboutAnotherTimeSaysSo) {
  evidence::Factors factors;
  factors.pass("a", "x", "x");
  VerdictView view;
  view.factors = &factors;
  view.time_source = "case.json";
  EXPECT_TRUE(has(explain(view, Colour::kOff),
                  "as of 1970-01-01T00:00:00Z (case.json); later revocation not considered\n"));
  view.time_source.clear();
  EXPECT_FALSE(has(explain(view, Colour::kOff), "later revocation"));
}

TEST(Screen, ALongWaiverStaysOnTheScreen) {
  evidence::Factors factors;
  std::string reason;
  for (int i = 0; i < 40; ++i) {
    reason += "reason ";
  }
  factors.add({"debug", evidence::FactorStatus::kWaived, "off", "on", reason, "policy.debug"});
  EXPECT_TRUE(has(shown(factors), "waiver    reason reason"));
}

}  // namespace
}  // namespace claustrum::policy
