// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/entry.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"

namespace claustrum::ledger {

using codec::Json;

namespace {

bool valid_type(std::string_view type) {
  return !type.empty() && type.size() <= kMaxEntryTypeLen &&
         type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == type.npos;
}

}  // namespace

std::string serialize_entry(const Entry& entry) {
  Json out = Json::object();
  out.set("version", 1)
      .set("type", entry.type)
      .set("digest", codec::hex_encode(entry.digest))
      .set("time", format_rfc3339(entry.time))
      .set("detail", entry.detail);
  return codec::to_jcs(out);
}

Result<Entry> parse_entry(BytesView json) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxEntryLen;
  limits.max_depth = 3;
  CLAUSTRUM_TRY_ASSIGN(const Json value, codec::parse_json(json, limits));
  CLAUSTRUM_TRY(value.only_members({"version", "type", "digest", "time", "detail"}));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, value.integer_at("version"));
  if (version != 1) {
    return Error(Code::kUnsupported, "entry.version", "only version 1 is known");
  }
  Entry out;
  CLAUSTRUM_TRY_ASSIGN(out.type, value.string_at("type"));
  if (!valid_type(out.type)) {
    return Error(Code::kMalformed, "entry.type", "a type is 1 to 64 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes digest, value.hex_at("digest", 32));
  out.digest = to_array<32>(digest);
  CLAUSTRUM_TRY_ASSIGN(const std::string time, value.string_at("time"));
  CLAUSTRUM_TRY_ASSIGN(out.time, parse_rfc3339(time));
  CLAUSTRUM_TRY_ASSIGN(out.detail, value.object_at("detail"));
  for (const Json::Member& member : out.detail.members()) {
    if (!member.second.is_string() && !member.second.is_integer()) {
      return Error(Code::kMalformed, "entry.detail", "details are strings and integers");
    }
  }
  // One entry, one spelling, down to the case of the digest and the form of the time: the log
  // hashes bytes, and two spellings would be two entries for one thing.
  if (!CLAUSTRUM_GUARD("ledger.entry_canonical", serialize_entry(out) == as_text(json))) {
    return Error(Code::kMalformed, "entry.canonical", "not in canonical form");
  }
  return out;
}

}  // namespace claustrum::ledger
