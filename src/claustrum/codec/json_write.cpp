// SPDX-License-Identifier: Apache-2.0
// JSON out, in three styles that differ in white space, member order and big integers only. The
// canonical one (RFC 8785) is what documents are signed and hashed in.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "claustrum/codec/json.h"
#include "claustrum/codec/utf8.h"

namespace claustrum::codec {

namespace {

enum class Style { kCompact, kPretty, kCanonical };

// ECMAScript Number::toString: shortest digits that round-trip, placed by the exponent's size.
std::string ecmascript_number(double value) {
  CLAUSTRUM_CHECK(std::isfinite(value));
  if (value == 0) {
    return "0";
  }
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string text(buffer.data(), end);
  const std::size_t e = text.find('e');
  std::string digits = text.substr(0, 1);
  if (e > 2) {
    digits += text.substr(2, e - 2);
  }
  const int exponent = std::stoi(text.substr(e + 1));
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  std::string out = value < 0 ? "-" : "";
  if (count <= point && point <= 21) {
    return out + digits + std::string(static_cast<std::size_t>(point - count), '0');
  }
  if (0 < point && point <= 21) {
    const auto split = static_cast<std::size_t>(point);
    return out + digits.substr(0, split) + "." + digits.substr(split);
  }
  if (-6 < point && point <= 0) {
    return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  }
  out += digits.substr(0, 1);
  if (count > 1) {
    out += "." + digits.substr(1);
  }
  return out + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
}

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  out.push_back('"');
  for (const char c : text) {
    const std::size_t named = c == '\0' ? std::string_view::npos : kNamed.find(c);
    const auto byte = static_cast<std::uint8_t>(c);
    if (named != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kNames[named]);
    } else if (byte < 0x20) {
      out.append("\\u00");
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

class Writer {
 public:
  explicit Writer(Style style) : style_(style) {}

  void write(const Json& value, std::size_t depth) {
    if (value.is_null()) {
      out_.append("null");
    } else if (value.is_bool()) {
      out_.append(value.boolean() ? "true" : "false");
    } else if (value.is_integer()) {
      // RFC 8785 numbers are doubles: an integer beyond 2^53 prints as ECMAScript would.
      const std::int64_t integer = value.integer();
      const bool exact = integer >= -(std::int64_t{1} << 53) && integer <= std::int64_t{1} << 53;
      out_.append(style_ == Style::kCanonical && !exact
                      ? ecmascript_number(static_cast<double>(integer))
                      : std::to_string(integer));
    } else if (value.is_double()) {
      out_.append(ecmascript_number(value.number()));
    } else if (value.is_string()) {
      write_string(out_, value.string());
    } else if (value.is_array()) {
      write_array(value.items(), depth);
    } else {
      write_object(value.members(), depth);
    }
  }
  std::string take() && { return std::move(out_); }

 private:
  void new_line(std::size_t depth) {
    if (style_ == Style::kPretty) {
      out_.push_back('\n');
      out_.append(depth * 2, ' ');
    }
  }

  void write_array(const Json::Array& items, std::size_t depth) {
    out_.push_back('[');
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i != 0) {
        out_.push_back(',');
      }
      new_line(depth + 1);
      write(items[i], depth + 1);
    }
    if (!items.empty()) {
      new_line(depth);
    }
    out_.push_back(']');
  }

  void write_object(const Json::Object& members, std::size_t depth) {
    std::vector<const Json::Member*> order;
    for (const Json::Member& member : members) {
      order.push_back(&member);
    }
    if (style_ == Style::kCanonical) {
      std::sort(order.begin(), order.end(), [](const Json::Member* a, const Json::Member* b) {
        return to_utf16(a->first) < to_utf16(b->first);
      });
    }
    out_.push_back('{');
    bool first = true;
    for (const Json::Member* member : order) {
      if (!first) {
        out_.push_back(',');
      }
      first = false;
      new_line(depth + 1);
      write_string(out_, member->first);
      out_.append(style_ == Style::kPretty ? ": " : ":");
      write(member->second, depth + 1);
    }
    if (!members.empty()) {
      new_line(depth);
    }
    out_.push_back('}');
  }

  Style style_;
  std::string out_;
};

std::string render(const Json& value, Style style) {
  Writer writer(style);
  writer.write(value, 0);
  return std::move(writer).take();
}

}  // namespace

std::string to_json(const Json& value) {
  return render(value, Style::kCompact);
}

std::string to_pretty_json(const Json& value) {
  return render(value, Style::kPretty) + "\n";
}

std::string to_jcs(const Json& value) {
  return render(value, Style::kCanonical);
}

}  // namespace claustrum::codec
