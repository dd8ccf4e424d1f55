// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/json_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "claustrum/codec/utf8.h"

namespace claustrum::evidence::dcap {
namespace {

// Characters that stand for themselves in a string and need no further look.
constexpr std::array<bool, 256> plain_characters() {
  std::array<bool, 256> out{};
  for (std::size_t c = 0x20; c < 0x80; ++c) {
    out[c] = c != '"' && c != '\\';
  }
  return out;
}
constexpr std::array<bool, 256> kPlain = plain_characters();

constexpr std::size_t kFewKeys = 8;  // up to here comparing each with each is fastest
constexpr std::size_t kBytesPerToken = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

// Reads the text once from left to right. Depth and count are checked before anything is read or
// stored for a value. Functions are false where they failed.
class JsonScanner {
 public:
  JsonScanner(std::string_view text, const codec::JsonLimits& limits)
      : limits_(limits), start_(text.data()), at_(start_), end_(start_ + text.size()) {
    CLAUSTRUM_CHECK(limits.max_bytes <= std::numeric_limits<std::uint32_t>::max());
  }

  Result<JsonText> scan() {
    const auto size = static_cast<std::size_t>(end_ - start_);
    if (size > limits_.max_bytes) {
      return Error(Code::kExhausted, "json.size", "JSON text over its size limit");
    }
    tokens().reserve(std::min(size / kBytesPerToken, limits_.max_values) + 2);
    if (scan_value(0)) {
      skip_space();
      if (at_ == end_) {
        tokens().emplace_back();
        return std::move(out_);
      }
      (void)fail("json.trailing");
    }
    return Error(code_, reason_, "at byte " + std::to_string(at_ - start_));
  }

 private:
  std::vector<JsonToken>& tokens() { return out_.tokens_; }
  bool fail(std::string_view reason, Code code = Code::kMalformed) {
    code_ = code;
    reason_ = reason;
    return false;
  }
  char peek() const { return at_ != end_ ? *at_ : '\0'; }
  bool accept(char c) {
    const bool there = at_ != end_ && *at_ == c;
    at_ += there ? 1 : 0;
    return there;
  }
  bool accept_word(std::string_view word) {
    const bool there = std::string_view(at_, left()).starts_with(word);
    at_ += there ? word.size() : 0;
    return there;
  }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) {
      ++at_;
    }
  }

  std::size_t open(JsonKind kind) {
    JsonToken& token = tokens().emplace_back();
    token.kind = kind;
    token.begin = at_;
    return tokens().size() - 1;
  }
  bool close(std::size_t index, std::int64_t number) {
    JsonToken& token = tokens()[index];
    token.number = number;
    token.size = static_cast<std::uint32_t>(at_ - token.begin);
    token.skip = static_cast<std::uint32_t>(tokens().size() - index);
    return true;
  }

  bool scan_value(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return fail("json.depth", Code::kExhausted);
    }
    if (++values_ > limits_.max_values) {
      return fail("json.count", Code::kExhausted);
    }
    skip_space();
    switch (peek()) {
      case '{':
        return scan_object(depth);
      case '[':
        return scan_array(depth);
      case '"':
        return scan_string();
      case 't':
        return scan_word("true", JsonKind::kBool);
      case 'f':
        return scan_word("false", JsonKind::kBool);
      case 'n':
        return scan_word("null", JsonKind::kNull);
      default:
        return scan_number();
    }
  }

  bool scan_word(std::string_view word, JsonKind kind) {
    const std::size_t index = open(kind);
    return accept_word(word) ? close(index, 0) : fail("json.syntax");
  }

  bool scan_object(std::size_t depth) {
    const std::size_t index = open(JsonKind::kObject);
    ++at_;
    skip_space();
    if (accept('}')) {
      return close(index, 0);
    }
    std::int64_t count = 0;
    do {
      skip_space();
      if (peek() != '"') {
        return fail("json.syntax");
      }
      if (!scan_string()) {
        return false;
      }
      skip_space();
      if (!accept(':')) {
        return fail("json.syntax");
      }
      if (!scan_value(depth + 1)) {
        return false;
      }
      ++count;
      skip_space();
    } while (accept(','));
    if (!accept('}')) {
      return fail("json.syntax");
    }
    (void)close(index, count);
    return count < 2 || !has_duplicate(index, static_cast<std::size_t>(count)) ||
           fail("json.duplicate");
  }

  // Two readers that disagree on which duplicate counts judge different documents.
  bool has_duplicate(std::size_t index, std::size_t count) {
    keys_.clear();
    for (std::size_t at = index + 1; keys_.size() < count; at += 1 + tokens()[at + 1].skip) {
      keys_.emplace_back(tokens()[at].begin, tokens()[at].size);
    }
    if (count > kFewKeys) {
      std::sort(keys_.begin(), keys_.end());
      return std::adjacent_find(keys_.begin(), keys_.end()) != keys_.end();
    }
    for (auto key = keys_.begin() + 1; key != keys_.end(); ++key) {
      if (std::find(keys_.begin(), key, *key) != key) {
        return true;
      }
    }
    return false;
  }

  bool scan_array(std::size_t depth) {
    const std::size_t index = open(JsonKind::kArray);
    ++at_;
    skip_space();
    if (accept(']')) {
      return close(index, 0);
    }
    std::int64_t count = 0;
    do {
      if (!scan_value(depth + 1)) {
        return false;
      }
      ++count;
      skip_space();
    } while (accept(','));
    return accept(']') ? close(index, count) : fail("json.syntax");
  }

  void skip_plain() {
    while (at_ != end_ && kPlain[static_cast<std::uint8_t>(*at_)]) {
      ++at_;
    }
  }

  bool scan_string() {
    ++at_;
    const std::size_t index = open(JsonKind::kString);
    skip_plain();
    if (peek() == '"') {
      (void)close(index, 0);
      ++at_;
      return true;
    }
    return scan_other(index) || fail("json.string");
  }

  // A string that is not all plain, from its start.
  bool scan_other(std::size_t index) {
    std::vector<char>& decoded = out_.decoded_;
    // What is decoded is never longer, so no view of it moves.
    decoded.reserve(static_cast<std::size_t>(end_ - start_));
    const std::size_t begin = decoded.size();
    at_ = tokens()[index].begin;
    while (at_ != end_) {
      const char* const plain = at_;
      skip_plain();
      decoded.insert(decoded.end(), plain, at_);
      if (accept('"')) {
        tokens()[index].begin = decoded.data() + begin;
        tokens()[index].size = static_cast<std::uint32_t>(decoded.size() - begin);
        return true;
      }
      if (!(accept('\\') ? scan_escape() : scan_character())) {
        return false;
      }
    }
    return false;
  }

  // One character above ASCII.
  bool scan_character() {
    const std::string_view next(at_, std::min<std::size_t>(left(), 4));
    const std::size_t length = codec::utf8_sequence(as_bytes(next));
    out_.decoded_.insert(out_.decoded_.end(), at_, at_ + length);
    at_ += length;
    return length > 1;
  }

  bool scan_escape() {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (at_ == end_) {
      return false;
    }
    const char c = *at_++;
    const std::size_t simple = kNames.find(c);
    if (simple != std::string_view::npos) {
      out_.decoded_.push_back(kValues[simple]);
      return true;
    }
    std::uint32_t code = 0;
    if (c != 'u' || !scan_hex4(code) || (code >= 0xdc00 && code <= 0xdfff)) {
      return false;  // a lone surrogate is no character
    }
    if (code >= 0xd800 && code <= 0xdbff) {
      std::uint32_t low = 0;
      if (!accept_word("\\u") || !scan_hex4(low) || low < 0xdc00 || low > 0xdfff) {
        return false;
      }
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    std::string character;
    codec::append_utf8(character, code);
    out_.decoded_.insert(out_.decoded_.end(), character.begin(), character.end());
    return true;
  }

  bool scan_hex4(std::uint32_t& code) {
    if (left() < 4) {
      return false;
    }
    const auto [stop, error] = std::from_chars(at_, at_ + 4, code, 16);
    const bool all = error == std::errc() && stop == at_ + 4;
    at_ += 4;
    return all;
  }

  bool scan_number() {
    const std::size_t index = open(JsonKind::kInteger);
    (void)accept('-');
    const char* const digits = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    if (at_ == digits) {
      return fail("json.syntax");
    }
    std::int64_t value = 0;
    const bool padded = *digits == '0' && at_ - digits > 1;
    const bool whole = peek() != '.' && peek() != 'e' && peek() != 'E';
    const bool read = std::from_chars(tokens()[index].begin, at_, value).ec == std::errc();
    return !padded && whole && read ? close(index, value) : fail("json.number");
  }

  const codec::JsonLimits& limits_;
  const char* const start_;
  const char* at_;
  const char* const end_;
  JsonText out_;
  std::size_t values_ = 0;
  Code code_ = Code::kMalformed;
  std::string_view reason_;
  std::vector<std::string_view> keys_;  // of the object being closed
};

Result<JsonText> JsonText::parse(std::string_view text, const codec::JsonLimits& limits) {
  return JsonScanner(text, limits).scan();
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
  if (!is_object()) {
    return std::nullopt;
  }
  JsonView name(*(token_ + 1));
  for (std::size_t left = size(); left != 0; --left) {
    const JsonView value = name.next();
    if (name.text() == key) {
      return value;
    }
    name = value.next();
  }
  return std::nullopt;
}

}  // namespace claustrum::evidence::dcap
