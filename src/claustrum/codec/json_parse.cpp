// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "claustrum/codec/json.h"

namespace claustrum::codec {

namespace {

class JsonParser {
 public:
  JsonParser(BytesView text, const JsonLimits& limits) : text_(as_text(text)), limits_(limits) {}

  Result<Json> parse() {
    if (text_.size() > limits_.max_bytes) {
      return Error(Code::kExhausted, "json.size", "JSON text over its size limit");
    }
    CLAUSTRUM_TRY_ASSIGN(Json value, parse_value(0));
    skip_space();
    if (at_ != text_.size()) {
      return fail("json.trailing");
    }
    return value;
  }

 private:
  Error fail(std::string_view reason) const {
    return Error(Code::kMalformed, reason, "at byte " + std::to_string(at_));
  }
  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  bool accept(char c) {
    if (more() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  void skip_space() {
    while (more() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool accept_word(std::string_view word) {
    if (text_.substr(at_, word.size()) == word) {
      at_ += word.size();
      return true;
    }
    return false;
  }

  Result<Json> parse_value(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return Error(Code::kExhausted, "json.depth", "JSON nested too deeply");
    }
    if (++count_ > limits_.max_values) {
      return Error(Code::kExhausted, "json.count", "too many JSON values");
    }
    skip_space();
    switch (peek()) {
      case '{':
        return parse_object(depth);
      case '[':
        return parse_array(depth);
      case '"': {
        CLAUSTRUM_TRY_ASSIGN(std::string text, parse_string());
        return Json(std::move(text));
      }
      case 't':
        if (accept_word("true")) {
          return Json(true);
        }
        return fail("json.syntax");
      case 'f':
        if (accept_word("false")) {
          return Json(false);
        }
        return fail("json.syntax");
      case 'n':
        if (accept_word("null")) {
          return Json();
        }
        return fail("json.syntax");
      default:
        return parse_number();
    }
  }

  Result<Json> parse_object(std::size_t depth) {
    ++at_;
    Json::Object members;
    skip_space();
    if (accept('}')) {
      return Json::object();
    }
    do {
      skip_space();
      if (peek() != '"') {
        return fail("json.syntax");
      }
      CLAUSTRUM_TRY_ASSIGN(std::string key, parse_string());
      skip_space();
      if (!accept(':')) {
        return fail("json.syntax");
      }
      CLAUSTRUM_TRY_ASSIGN(Json value, parse_value(depth + 1));
      members.emplace_back(std::move(key), std::move(value));
      skip_space();
    } while (accept(','));
    if (!accept('}')) {
      return fail("json.syntax");
    }
    // Two readers that disagree on which duplicate counts judge different documents.
    std::vector<std::string_view> keys;
    for (const Json::Member& member : members) {
      keys.push_back(member.first);
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
      return fail("json.duplicate");
    }
    return Json::object(std::move(members));
  }

  Result<Json> parse_array(std::size_t depth) {
    ++at_;
    Json::Array items;
    skip_space();
    if (accept(']')) {
      return Json::array();
    }
    do {
      CLAUSTRUM_TRY_ASSIGN(Json value, parse_value(depth + 1));
      items.push_back(std::move(value));
      skip_space();
    } while (accept(','));
    if (!accept(']')) {
      return fail("json.syntax");
    }
    return Json(std::move(items));
  }

  Result<std::uint32_t> parse_hex4() {
    std::uint32_t value = 0;
    if (text_.size() - at_ < 4) {
      return fail("json.string");
    }
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
    if (error != std::errc() || end != begin + 4) {
      return fail("json.string");
    }
    at_ += 4;
    return value;
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xc0 | code >> 6));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xe0 | code >> 12));
      out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else {
      out.push_back(static_cast<char>(0xf0 | code >> 18));
      out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }

  Status parse_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    const std::size_t simple = kNames.find(c);
    if (c != '\0' && simple != std::string_view::npos) {
      out.push_back(kValues[simple]);
      return ok_status();
    }
    if (c != 'u') {
      return fail("json.string");
    }
    CLAUSTRUM_TRY_ASSIGN(std::uint32_t code, parse_hex4());
    if (code >= 0xdc00 && code <= 0xdfff) {
      return fail("json.string");
    }
    if (code >= 0xd800 && code <= 0xdbff) {
      if (!accept_word("\\u")) {
        return fail("json.string");
      }
      CLAUSTRUM_TRY_ASSIGN(const std::uint32_t low, parse_hex4());
      if (low < 0xdc00 || low > 0xdfff) {
        return fail("json.string");
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, code);
    return ok_status();
  }

  // Length of the valid UTF-8 sequence at at_, 0 when invalid (overlong, surrogate, too large).
  std::size_t utf8_length() const {
    const auto byte = [this](std::size_t i) {
      return at_ + i < text_.size() ? static_cast<std::uint8_t>(text_[at_ + i]) : std::uint8_t{0};
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const std::uint8_t a = byte(0);
    if (a < 0x80) {
      return 1;
    }
    if (a >= 0xc2 && a <= 0xdf) {
      return continues(1) ? 2 : 0;
    }
    if (a >= 0xe0 && a <= 0xef) {
      const bool shortest = a != 0xe0 || byte(1) >= 0xa0;
      const bool no_surrogate = a != 0xed || byte(1) <= 0x9f;
      return shortest && no_surrogate && continues(1) && continues(2) ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
      const bool shortest = a != 0xf0 || byte(1) >= 0x90;
      const bool in_range = a != 0xf4 || byte(1) <= 0x8f;
      return shortest && in_range && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
  }

  Result<std::string> parse_string() {
    ++at_;
    std::string out;
    while (more()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c == '\\') {
        ++at_;
        CLAUSTRUM_TRY(parse_escape(out));
        continue;
      }
      const std::size_t length = utf8_length();
      if (static_cast<std::uint8_t>(c) < 0x20 || length == 0) {
        return fail("json.string");
      }
      out.append(text_.substr(at_, length));
      at_ += length;
    }
    return fail("json.string");
  }

  bool skip_digits() {
    const std::size_t start = at_;
    while (more() && peek() >= '0' && peek() <= '9') {
      ++at_;
    }
    return at_ != start;
  }

  Result<Json> parse_number() {
    const std::size_t start = at_;
    (void)accept('-');
    if (!accept('0') && !skip_digits()) {
      return fail("json.syntax");
    }
    bool integral = true;
    if (accept('.')) {
      integral = false;
      if (!skip_digits()) {
        return fail("json.number");
      }
    }
    if (accept('e') || accept('E')) {
      integral = false;
      if (!accept('+')) {
        (void)accept('-');
      }
      if (!skip_digits()) {
        return fail("json.number");
      }
    }
    const char* const begin = text_.data() + start;
    const char* const end = text_.data() + at_;
    std::int64_t integer = 0;
    if (integral && std::from_chars(begin, end, integer).ec == std::errc()) {
      return Json(integer);
    }
    double number = 0;
    if (limits_.numbers == JsonNumbers::kIntegers ||
        std::from_chars(begin, end, number).ec != std::errc()) {
      return fail("json.number");
    }
    return Json(number);
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

Result<Json> parse_json(BytesView text, const JsonLimits& limits) {
  return JsonParser(text, limits).parse();
}

}  // namespace claustrum::codec
