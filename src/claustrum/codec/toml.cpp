// SPDX-License-Identifier: Apache-2.0
// The only file that sees toml++. Error texts give line and column, never toml++'s own words, which
// quote the file. toml++ frees nested tables by recursion and does not bound what dotted keys nest:
// 64 KiB of "a.a.a" end the process, so full stops are counted before it sees the text.
#include "claustrum/codec/toml.h"

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_MAX_NESTED_VALUES 64
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace claustrum::codec {

namespace {

// Each full stop deepens the tree by one table at most. Counted over the whole text, those in
// strings included: a finer count would have to read strings exactly as toml++ does. Measured:
// 10,000 levels are freed within 8 MiB of stack, address sanitizer included.
constexpr std::ptrdiff_t kMaxFullStops = 4096;

class Converter {
 public:
  explicit Converter(const JsonLimits& limits) : limits_(limits) {}

  Result<Json> convert(const toml::node& node, std::size_t depth) {
    if (depth > limits_.max_depth || ++count_ > limits_.max_values) {
      return Error(Code::kExhausted, "toml.limit", "TOML too deep or too large");
    }
    if (const toml::table* table = node.as_table()) {
      Json::Object members;
      for (const auto& entry : *table) {
        CLAUSTRUM_TRY_ASSIGN(Json value, convert(entry.second, depth + 1));
        members.emplace_back(std::string(entry.first.str()), std::move(value));
      }
      return Json::object(std::move(members));
    }
    if (const toml::array* array = node.as_array()) {
      Json::Array items;
      for (const toml::node& item : *array) {
        CLAUSTRUM_TRY_ASSIGN(Json value, convert(item, depth + 1));
        items.push_back(std::move(value));
      }
      return Json(std::move(items));
    }
    if (const auto* text = node.as_string()) {
      return Json(std::string(text->get()));
    }
    if (const auto* integer = node.as_integer()) {
      return Json(std::int64_t{integer->get()});
    }
    if (const auto* boolean = node.as_boolean()) {
      return Json(boolean->get());
    }
    return Error(Code::kMalformed, "toml.type", "dates and floats are not used here");
  }

 private:
  const JsonLimits& limits_;
  std::size_t count_ = 0;
};

}  // namespace

Result<Json> parse_toml(BytesView text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error(Code::kExhausted, "toml.limit", "TOML text over its size limit");
  }
  const std::string_view document = as_text(text);
  if (std::count(document.begin(), document.end(), '.') > kMaxFullStops) {
    return Error(Code::kExhausted, "toml.limit", "TOML text with too many full stops");
  }
  const toml::parse_result parsed = toml::parse(document);
  if (!parsed) {
    return Error(Code::kMalformed, "toml.syntax",
                 "line " + std::to_string(parsed.error().source().begin.line) + ", column " +
                     std::to_string(parsed.error().source().begin.column));
  }
  return Converter(limits).convert(parsed.table(), 0);
}

}  // namespace claustrum::codec
