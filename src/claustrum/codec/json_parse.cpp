// SPDX-License-Identifier: Apache-2.0
// The RFC 8259 grammar, read once from left to right. Depth and count are checked before anything
// is read or allocated for a value; every error is "json.<what>" with a position, never with text
// of the input.
#include <algorithm>
#include <charconv>

#include "claustrum/codec/json.h"
#include "claustrum/codec/utf8.h"

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
    if (has_duplicate(members)) {
      return fail("json.duplicate");
    }
    return Json::object(std::move(members));
  }

  // Two readers that disagree on which duplicate counts judge different documents. Sorted, because
  // comparing each with each lets an object of 100,000 members cost minutes.
  static bool has_duplicate(const Json::Object& members) {
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const Json::Member& member : members) {
      keys.push_back(member.first);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
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

  Status parse_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (!more()) {
      return fail("json.string");
    }
    const char c = text_[at_++];
    const std::size_t simple = kNames.find(c);
    if (simple != std::string_view::npos) {
      out.push_back(kValues[simple]);
      return ok_status();
    }
    if (c != 'u') {
      return fail("json.string");
    }
    CLAUSTRUM_TRY_ASSIGN(std::uint32_t code, parse_hex4());
    if (code >= 0xdc00 && code <= 0xdfff) {
      return fail("json.string");  // a lone surrogate is no character
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

  // The run up to the next quote or escape; its characters stand for themselves.
  Status take_plain(std::string& out) {
    const std::size_t start = at_;
    while (more() && text_[at_] != '"' && text_[at_] != '\\') {
      const std::size_t length = utf8_sequence(as_bytes(text_.substr(at_, 4)));
      if (static_cast<std::uint8_t>(text_[at_]) < 0x20 || length == 0) {
        return fail("json.string");
      }
      at_ += length;
    }
    out.append(text_, start, at_ - start);
    return ok_status();
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
      CLAUSTRUM_TRY(take_plain(out));
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

  // Moves over a number; true in `integral` when it has neither fraction nor exponent.
  Status scan_number(bool& integral) {
    (void)accept('-');
    if (accept('0')) {
      if (peek() >= '0' && peek() <= '9') {
        return fail("json.number");
      }
    } else if (!skip_digits()) {
      return fail("json.syntax");
    }
    integral = peek() != '.' && peek() != 'e' && peek() != 'E';
    if (accept('.') && !skip_digits()) {
      return fail("json.number");
    }
    if (accept('e') || accept('E')) {
      if (!accept('+')) {
        (void)accept('-');
      }
      if (!skip_digits()) {
        return fail("json.number");
      }
    }
    return ok_status();
  }

  Result<Json> parse_number() {
    const std::size_t start = at_;
    bool integral = false;
    CLAUSTRUM_TRY(scan_number(integral));
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
