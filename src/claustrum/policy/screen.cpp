// SPDX-License-Identifier: Apache-2.0
// A verdict on one screen [ARCHITECTURE 1.4]: 100 columns, 50 lines. What failed is told in full:
// expected, found, what to do. What was not reached is named and takes no lines of its own.
#include <algorithm>

#include "claustrum/policy/explain.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

using evidence::Factor;
using evidence::FactorStatus;

constexpr std::size_t kWidth = 100;
constexpr std::ptrdiff_t kHeight = 50;
constexpr std::ptrdiff_t kFrame = 3;  // headline, banners
// What to do is never cut to the screen: a person copies addresses from it.
constexpr std::size_t kMaxDetail = 1000;
constexpr std::size_t kMaxId = 34;
constexpr std::size_t kStatus = 13;
constexpr std::size_t kSlack = 12;  // what cutting between words may cost
constexpr std::size_t kNameLines = 16;
constexpr std::size_t kDetailLines = 3;  // of what was expected and found
constexpr std::string_view kBanner = "*** SIMULATED: NO PROTECTION ***";
constexpr std::string_view kIndent = "               ";
constexpr std::size_t kDetailHead = 10;

std::string_view colour_of(FactorStatus status) {
  switch (status) {
    case FactorStatus::kPass:
      return "\x1b[32m";
    case FactorStatus::kFail:
      return "\x1b[1;31m";
    case FactorStatus::kWaived:
      return "\x1b[33m";
    case FactorStatus::kNotAttested:
    case FactorStatus::kNotOffered:
    case FactorStatus::kNotReached:
      return "\x1b[2m";
  }
  return "";
}

std::string painted(std::string text, std::string_view code, Colour colour) {
  return colour == Colour::kOn ? std::string(code) + text + "\x1b[0m" : text;
}

std::string label_of(FactorStatus status) {
  return status == FactorStatus::kFail ? "FAIL" : std::string(to_string(status));
}

enum class LongWords { kCut, kKeep };

// Cut into lines between words; a word longer than a line is cut, or stands out.
std::vector<std::string> lines_of(std::string text, std::size_t width, LongWords words) {
  std::vector<std::string> out;
  while (text.size() > width) {
    std::size_t space = text.rfind(' ', width);
    if (space == std::string::npos && words == LongWords::kKeep) {
      space = text.find(' ');
      if (space == std::string::npos) {
        break;
      }
    }
    // A short word before a long value does not get a line of its own.
    const bool at_word = space != std::string::npos && space != 0 &&
                         (words == LongWords::kKeep || space > width / 2);
    out.push_back(text.substr(0, at_word ? space : width));
    text.erase(0, at_word ? space + 1 : width);
  }
  out.push_back(std::move(text));
  return out;
}

void add_lines(std::string& out, std::string_view name, const std::vector<std::string>& lines) {
  bool first = true;
  for (const std::string& line : lines) {
    out += std::string(kIndent) + padded(first ? std::string(name) : "", kDetailHead) + line + "\n";
    first = false;
  }
}

constexpr std::size_t kDetailWidth = kWidth - kIndent.size() - kDetailHead;

// What was expected and found: values longer than that are in the JSON.
void add_detail(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    std::vector<std::string> lines = lines_of(
        one_line(text, kDetailLines * kDetailWidth - kDetailHead), kDetailWidth, LongWords::kCut);
    lines.resize(std::min(lines.size(), kDetailLines));
    add_lines(out, name, lines);
  }
}

void add_advice(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) {
    add_lines(out, name, lines_of(one_line(text, kMaxDetail), kDetailWidth, LongWords::kKeep));
  }
}

class Screen {
 public:
  // As much as fits: kWide tells what was found in up to two lines, kLines in one; kDense names
  // what holds in a few lines, so that what does not is on the screen.
  enum class Form { kWide, kLines, kDense };

  Screen(const VerdictView& view, Colour colour, Form form)
      : view_(view), colour_(colour), form_(form) {
    for (const Factor& factor : view.factors->list()) {
      id_width_ = std::max(id_width_, std::min(factor.id.size(), kMaxId));
    }
  }

  std::string text() {
    add_summary();
    const auto& list = view_.factors->list();
    for (std::size_t at = 0; at < list.size();) {
      at = add_from(at);
    }
    if (form_ == Form::kDense) {
      add_names(FactorStatus::kPass);
    }
    add_names(FactorStatus::kNotReached);
    return out_;
  }

 private:
  std::size_t count(FactorStatus status) const {
    return static_cast<std::size_t>(
        std::ranges::count(view_.factors->list(), status, &Factor::status));
  }

  void add_summary() {
    constexpr FactorStatus kOrder[] = {FactorStatus::kPass,       FactorStatus::kFail,
                                       FactorStatus::kWaived,     FactorStatus::kNotAttested,
                                       FactorStatus::kNotOffered, FactorStatus::kNotReached};
    out_ += std::to_string(view_.factors->list().size()) + " checks:";
    std::string comma = " ";
    for (const FactorStatus status : kOrder) {
      if (const std::size_t number = count(status); number != 0) {
        out_ += comma + std::to_string(number) + " " + std::string(to_string(status));
        comma = ", ";
      }
    }
    out_ += "\n";
    add_failed();
  }

  // The reason first: the lines that tell it may stand far down.
  void add_failed() {
    std::string names = "refused for";
    for (const Factor& factor : view_.factors->list()) {
      if (factor.status == FactorStatus::kFail) {
        names += " " + one_line(factor.id, kMaxId);
      }
    }
    if (count(FactorStatus::kFail) != 0) {
      out_ += one_line(names, kWidth) + "\n";
    }
  }

  // Intel's sixteen components in a row are one line where all hold.
  std::size_t group_end(std::size_t at) const {
    constexpr std::string_view kFirst = "tcbcomp01";
    const auto& list = view_.factors->list();
    if (!list[at].id.ends_with(kFirst)) {
      return at + 1;
    }
    const std::string prefix = list[at].id.substr(0, list[at].id.size() - 2);
    std::size_t end = at;
    while (end < list.size() && list[end].id.starts_with(prefix) &&
           list[end].status == FactorStatus::kPass) {
      ++end;
    }
    return std::max(end, at + 1);
  }

  // "tcb.sgxtcbcomp01-16"
  std::string name_of(std::size_t at, std::size_t end) const {
    const auto& list = view_.factors->list();
    const std::string& last = list[end - 1].id;
    return list[at].id + (end - at > 1 ? "-" + last.substr(last.size() - 2) : "");
  }

  std::size_t add_from(std::size_t at) {
    const auto& list = view_.factors->list();
    if (form_ == Form::kDense && list[at].status == FactorStatus::kPass) {
      return at + 1;
    }
    const std::size_t end = group_end(at);
    if (end - at > 1) {
      std::string found;
      for (std::size_t i = at; i < end; ++i) {
        found += (i == at ? "" : " ") + list[i].found;
      }
      add_line(FactorStatus::kPass, name_of(at, end), found);
    } else if (list[at].status != FactorStatus::kNotReached) {
      add_factor(list[at]);
    }
    return end;
  }

  void add_line(FactorStatus status, const std::string& id, const std::string& shown) {
    const std::size_t width = kWidth - kStatus - 4 - id_width_;
    const std::size_t rows = form_ == Form::kWide ? 2 : 1;
    const std::vector<std::string> lines =
        lines_of(one_line(shown, rows == 1 ? width : 2 * width - kSlack), width, LongWords::kCut);
    out_ += "  " + painted(padded(label_of(status), kStatus), colour_of(status), colour_) +
            padded(one_line(id, kMaxId), id_width_) + "  " + lines.front() + "\n";
    for (std::size_t i = 1; i < lines.size() && i < rows; ++i) {
      out_ += padded("", kStatus + 4 + id_width_) + lines[i] + "\n";
    }
  }

  void add_factor(const Factor& factor) {
    add_line(factor.status, factor.id, factor.found);
    if (factor.status == FactorStatus::kFail) {
      const std::size_t shown = kWidth - kStatus - 4 - id_width_;
      if (factor.found.size() > (form_ == Form::kWide ? 2 * shown - kSlack : shown)) {
        add_detail(out_, "found", factor.found);
      }
      add_detail(out_, "expected", factor.expected);
      add_advice(out_, "reason", factor.reason);
      add_advice(out_, "do", factor.advice);
    } else if (factor.status == FactorStatus::kWaived) {
      add_advice(out_, "waiver", factor.advice);
    }
  }

  void add_names(FactorStatus status) {
    const auto& list = view_.factors->list();
    std::string names;
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = group_end(at);
      if (list[at].status == status) {
        names += (names.empty() ? "" : ", ") + one_line(name_of(at, end), kMaxId);
      }
      at = end;
    }
    if (names.empty()) {
      return;
    }
    std::vector<std::string> lines =
        lines_of(std::move(names), kWidth - kStatus - 2, LongWords::kCut);
    if (lines.size() > kNameLines) {
      lines.resize(kNameLines);
      lines.back() = "... and more: see --json";
    }
    bool first = true;
    for (const std::string& line : lines) {
      out_ += "  " +
              painted(padded(first ? label_of(status) : "", kStatus), colour_of(status), colour_) +
              line + "\n";
      first = false;
    }
  }

  const VerdictView& view_;
  Colour colour_;
  Form form_;
  std::size_t id_width_ = 0;
  std::string out_;
};

std::string banner(Colour colour) {
  return painted(std::string(kBanner), "\x1b[1;97;41m", colour) + "\n";
}

std::string headline(const VerdictView& view, Colour colour) {
  std::string word(to_string(view.verdict));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const bool good = view.verdict == Verdict::kAccepted;
  std::string out = painted(word, good ? "\x1b[1;32m" : "\x1b[1;31m", colour);
  out += "  " + (view.platform.empty() ? std::string("no platform") : one_line(view.platform, 40)) +
         "  as of " + format_rfc3339(view.time);
  // [PROTOCOL 3] Of a verdict about another time everybody has to know that.
  if (!view.time_source.empty()) {
    out += " (" + one_line(view.time_source, 20) + "); later revocation not considered";
  }
  return out + "\n";
}

}  // namespace

std::string explain(const VerdictView& view, Colour colour) {
  std::string out = view.simulated ? banner(colour) : std::string();
  out += headline(view, colour);
  if (view.factors == nullptr) {
    return out;
  }
  std::string screen;
  for (const auto form : {Screen::Form::kWide, Screen::Form::kLines, Screen::Form::kDense}) {
    screen = Screen(view, colour, form).text();
    if (std::ranges::count(screen, '\n') <= kHeight - kFrame) {
      break;
    }
  }
  out += screen;
  if (view.simulated) {
    out += banner(colour);
  }
  return out;
}

}  // namespace claustrum::policy
