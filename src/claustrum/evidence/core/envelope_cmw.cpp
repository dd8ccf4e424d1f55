// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/envelope_cmw.h"

#include <algorithm>

#include "claustrum/codec/base64.h"

namespace claustrum::evidence {
namespace {

using codec::Cbor;
using codec::Json;

constexpr std::string_view kCollectionType = "__cmwc_t";
constexpr int kMaxNesting = 4;
constexpr std::uint64_t kEvidenceBit = 4;  // of reference values, endorsements, evidence, results
constexpr std::uint64_t kMaxContentFormat = 65535;
constexpr std::size_t kMaxShownType = 32;
// TN(n) = kFirstTag + 256 * floor(n / 255) + n mod 255.
constexpr std::uint64_t kFirstTag = 1668546817;

Error bad_cmw(std::string text) {
  return Error(Code::kMalformed, "envelope.cmw", std::move(text));
}

struct Record {
  Bytes value;
  std::string type;  // as it may be shown
  bool evidence = true;
};

// A media type as people may see it; it decides nothing.
std::string shown_type(std::string_view type) {
  const bool plain =
      !type.empty() && std::ranges::all_of(type, [](char c) { return c > 0x20 && c < 0x7f; });
  return plain ? std::string(type.substr(0, kMaxShownType)) : std::string("a type");
}

std::string shown_format(std::uint64_t number) {
  return "content format " + std::to_string(number);
}

// One piece of evidence among the records, or none.
Result<Unwrapped> choose(std::vector<Record> records, const std::string& form) {
  std::erase_if(records, [](const Record& record) { return !record.evidence; });
  if (records.empty()) {
    return bad_cmw("nothing in it is marked as evidence");
  }
  if (records.size() > 1) {
    return bad_cmw("it holds " + std::to_string(records.size()) +
                   " pieces of evidence; unwrap the one to be judged");
  }
  Record& only = records.front();
  if (only.value.empty()) {
    return bad_cmw("the evidence in it is empty");
  }
  return Unwrapped{std::move(only.value), form + " (" + only.type + ")", {}};
}

bool is_json_record(const Json& value) {
  if (!value.is_array()) {
    return false;
  }
  const Json::Array& items = value.items();
  return (items.size() == 2 || items.size() == 3) && items[0].is_string() && items[1].is_string() &&
         (items.size() == 2 || (items[2].is_integer() && items[2].integer() > 0));
}

Result<Record> json_record(const Json& value) {
  if (!is_json_record(value)) {
    return bad_cmw("an array that is no CMW record");
  }
  const Json::Array& items = value.items();
  Record out;
  Result<Bytes> decoded = codec::base64url_decode(items[1].string());
  if (!decoded.ok()) {
    return bad_cmw("a record's value is no base64url");
  }
  out.value = std::move(decoded).value();
  out.type = shown_type(items[0].string());
  out.evidence =
      items.size() == 2 || (static_cast<std::uint64_t>(items[2].integer()) & kEvidenceBit) != 0;
  return out;
}

Status json_records(const Json& collection, int depth, std::vector<Record>& out) {
  if (depth > kMaxNesting) {
    return bad_cmw("collections nested too deep");
  }
  for (const auto& [label, value] : collection.members()) {
    if (label == kCollectionType) {
      continue;
    }
    if (value.is_object()) {
      CLAUSTRUM_TRY(json_records(value, depth + 1, out));
    } else {
      CLAUSTRUM_TRY_ASSIGN(Record record, json_record(value));
      out.push_back(std::move(record));
    }
  }
  return ok_status();
}

bool json_collection(const Json& object, int depth) {
  if (!object.is_object() || depth > kMaxNesting) {
    return false;
  }
  std::size_t entries = 0;
  for (const auto& [label, value] : object.members()) {
    if (label == kCollectionType && value.is_string()) {
      continue;
    }
    if (!is_json_record(value) && !json_collection(value, depth + 1)) {
      return false;
    }
    ++entries;
  }
  return entries > 0;
}

std::optional<Record> cbor_record(const Cbor& value) {
  const std::vector<Cbor>* items = value.as_array();
  if (items == nullptr || (items->size() != 2 && items->size() != 3)) {
    return std::nullopt;
  }
  const std::optional<std::string_view> media = (*items)[0].as_text();
  const std::optional<std::uint64_t> format = (*items)[0].as_unsigned();
  const std::optional<BytesView> bytes = (*items)[1].as_bytes();
  const std::optional<std::uint64_t> marks =
      items->size() == 3 ? (*items)[2].as_unsigned() : std::optional(kEvidenceBit);
  if ((!media && (!format || *format > kMaxContentFormat)) || !bytes || !marks || *marks == 0) {
    return std::nullopt;
  }
  return Record{to_bytes(*bytes), media ? shown_type(*media) : shown_format(*format),
                (*marks & kEvidenceBit) != 0};
}

std::optional<Record> cbor_tag(const Cbor& value) {
  const Cbor* content = value.type() == Cbor::Type::kTag ? value.tagged() : nullptr;
  const std::optional<BytesView> bytes = content == nullptr ? std::nullopt : content->as_bytes();
  if (!bytes || value.tag_number() < kFirstTag) {
    return std::nullopt;
  }
  const std::uint64_t offset = value.tag_number() - kFirstTag;
  const std::uint64_t format = 255 * (offset >> 8) + (offset & 0xff);
  if ((offset & 0xff) == 255 || offset >> 8 > kMaxContentFormat || format > kMaxContentFormat) {
    return std::nullopt;
  }
  return Record{to_bytes(*bytes), shown_format(format), true};
}

bool cbor_records(const Cbor& value, int depth, std::vector<Record>& out) {
  std::optional<Record> record = cbor_record(value);
  if (!record) {
    record = cbor_tag(value);
  }
  if (record) {
    out.push_back(std::move(*record));
    return true;
  }
  const auto* entries = value.as_map();
  if (entries == nullptr || depth > kMaxNesting) {
    return false;
  }
  std::size_t count = 0;
  for (const auto& [label, inner] : *entries) {
    const bool is_type = label.as_text() == std::optional<std::string_view>(kCollectionType);
    const bool labelled = label.as_text().has_value() || label.as_integer().has_value();
    if (!labelled || (!is_type && !cbor_records(inner, depth + 1, out))) {
      return false;
    }
    count += is_type ? 0U : 1U;
  }
  return count > 0;
}

}  // namespace

bool is_json_collection(const Json& object) {
  return json_collection(object, 1);
}

Result<Unwrapped> unwrap_json_cmw(const Json& value) {
  std::vector<Record> records;
  if (value.is_object()) {
    CLAUSTRUM_TRY(json_records(value, 1, records));
    const std::string form = "CMW collection of " + std::to_string(records.size());
    return choose(std::move(records), form);
  }
  CLAUSTRUM_TRY_ASSIGN(Record record, json_record(value));
  records.push_back(std::move(record));
  return choose(std::move(records), "CMW record");
}

std::optional<Result<Unwrapped>> unwrap_cbor_cmw(BytesView file) {
  const std::uint8_t first = file.empty() ? std::uint8_t{0} : file[0];
  const bool array = first == 0x82 || first == 0x83 || first == 0x9f;
  const bool map = (first > 0xa0 && first <= 0xbb) || first == 0xbf;
  if ((!array && !map && first != 0xda) || file.size() > kMaxContainerLen) {
    return std::nullopt;
  }
  codec::CborLimits limits;
  limits.max_depth = 2 * kMaxNesting;
  limits.max_items = 1024;
  limits.allow_indefinite = true;
  const Result<Cbor> value = codec::parse_cbor(file, limits);
  std::vector<Record> records;
  if (!value.ok() || !cbor_records(*value, 1, records)) {
    return std::nullopt;
  }
  const std::string form = map     ? "CBOR CMW collection of " + std::to_string(records.size())
                           : array ? std::string("CBOR CMW record")
                                   : std::string("CBOR CMW tag");
  return choose(std::move(records), form);
}

}  // namespace claustrum::evidence
