// SPDX-License-Identifier: Apache-2.0
// The JSON of signed documents [RFC 8259] without a tree: tokens that point into the text, because
// a tree of Intel's TCB Info costs more than its signature. Grammar and limits are those of
// codec::parse_json with integers only; a test and a fuzz target hold the two against each other,
// since two readers that disagree judge different documents. Not for other folders.
#pragma once

#include <optional>

#include "claustrum/codec/json.h"

namespace claustrum::evidence::dcap {

enum class JsonKind : std::uint8_t { kNull, kBool, kInteger, kString, kArray, kObject };

// One value; what is inside it follows.
struct JsonToken {
  const char* begin = nullptr;  // of a string: its decoded contents; of anything else: the value
  std::int64_t number = 0;      // the integer, or how many items or members
  std::uint32_t size = 0;       // of the text at `begin`
  std::uint32_t skip = 1;       // tokens to the next value
  JsonKind kind = JsonKind::kNull;
};

// A value of a JsonText, which must outlive it.
class JsonView {
 public:
  explicit JsonView(const JsonToken& token) : token_(&token) {}
  JsonKind kind() const { return token_->kind; }
  bool is_object() const { return kind() == JsonKind::kObject; }
  bool is_array() const { return kind() == JsonKind::kArray; }
  bool is_string() const { return kind() == JsonKind::kString; }
  bool is_integer() const { return kind() == JsonKind::kInteger; }

  // CHECKs on a wrong kind; for values just tested.
  std::int64_t integer() const {
    CLAUSTRUM_CHECK(is_integer());
    return token_->number;
  }
  std::string_view string() const {
    CLAUSTRUM_CHECK(is_string());
    return text();
  }
  // An array or object exactly as it stands in the text.
  std::string_view raw() const {
    CLAUSTRUM_CHECK(is_array() || is_object());
    return text();
  }
  // Items or members.
  std::size_t size() const {
    CLAUSTRUM_CHECK(is_array() || is_object());
    return static_cast<std::size_t>(token_->number);
  }

  // Member of an object; nothing when absent or when this is no object.
  std::optional<JsonView> find(std::string_view key) const;

  // Of an array, in order: for (const JsonView item : view.items()).
  class Items;
  Items items() const;

 private:
  std::string_view text() const { return {token_->begin, token_->size}; }
  JsonView next() const { return JsonView(*(token_ + token_->skip)); }
  const JsonToken* token_;
};

class JsonView::Items {
 public:
  class Iterator {
   public:
    explicit Iterator(JsonView at) : at_(at) {}
    JsonView operator*() const { return at_; }
    Iterator& operator++() {
      at_ = at_.next();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_.token_ == other.at_.token_; }

   private:
    JsonView at_;
  };
  explicit Items(JsonView array) : array_(array) {}
  Iterator begin() const { return Iterator(JsonView(*(array_.token_ + 1))); }
  Iterator end() const { return Iterator(array_.next()); }

 private:
  JsonView array_;
};

inline JsonView::Items JsonView::items() const {
  CLAUSTRUM_CHECK(is_array());
  return Items(*this);
}

class JsonText {
 public:
  // Views into `text`. Errors as of codec::parse_json: "json.size", ".depth", ".count",
  // ".duplicate", ".syntax", ".number", ".string", ".trailing".
  static Result<JsonText> parse(std::string_view text, const codec::JsonLimits& limits);
  JsonView root() const { return JsonView(tokens_.front()); }

 private:
  friend class JsonScanner;
  JsonText() = default;
  std::vector<JsonToken> tokens_;  // a member is its key and its value; one more at the end
  std::vector<char> decoded_;      // strings with escapes, one after the other; never reallocated
};

}  // namespace claustrum::evidence::dcap
