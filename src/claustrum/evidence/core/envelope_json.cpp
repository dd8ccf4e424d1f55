// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/envelope_json.h"

#include <algorithm>

#include "claustrum/evidence/core/envelope_text.h"

namespace claustrum::evidence {
namespace {

using codec::Json;

constexpr std::string_view kMembers[] = {"quote", "evidence", "report", "attestation_report",
                                         "outblob"};
// Objects that hold the object with the evidence.
constexpr std::string_view kHolders[] = {"tdx", "sgx",          "sevsnp",          "snp",
                                         "cpu", "tee-evidence", "primary_evidence"};
constexpr int kMaxHolders = 3;
// A member beside the evidence, and the collateral that it is.
constexpr std::pair<std::string_view, std::string_view> kBeside[] = {
    {"event_log", "event_log"},
    {"cc_eventlog", "event_log"},
    {"aa_eventlog", "aa_event_log"},
    {"auxblob", "auxblob"}};

Error bad_json(std::string text) {
  return Error(Code::kMalformed, "envelope.json", std::move(text));
}

// An event log is base64 or hex of bytes, or text of its own: a JSON list, as such or in a string,
// or an agent's lines.
std::optional<Bytes> beside_bytes(const Json& value) {
  if (value.is_array()) {
    return to_bytes(codec::to_json(value));
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  const std::string& text = value.string();
  if (text.starts_with('[') || text.starts_with("INIT ")) {
    return to_bytes(text);
  }
  std::optional<Unwrapped> decoded = decode_text(text);
  return decoded ? std::optional(std::move(decoded->evidence)) : std::nullopt;
}

Status add_beside(const Json& object, Unwrapped& out) {
  for (const auto& [member, name] : kBeside) {
    const Json* value = object.find(member);
    const bool none =
        value == nullptr || value->is_null() || (value->is_string() && value->string().empty());
    if (none) {
      continue;
    }
    std::optional<Bytes> bytes = beside_bytes(*value);
    if (!bytes) {
      return bad_json("the member " + std::string(member) + " cannot be read");
    }
    if (!out.beside.try_emplace(std::string(name), std::move(*bytes)).second) {
      return bad_json("two members may be the event log; unwrap it");
    }
    out.container += ", with " + std::string(member);
  }
  return ok_status();
}

// Every member that may be the evidence, by its path.
Status find_evidence(const Json& object, const std::string& path, int depth,
                     std::vector<Unwrapped>& out) {
  for (const std::string_view name : kMembers) {
    const Json* member = object.find(name);
    std::optional<Unwrapped> decoded =
        member != nullptr && member->is_string() ? decode_text(member->string()) : std::nullopt;
    if (decoded) {
      decoded->container = "JSON member " + path + std::string(name) + ", " + decoded->container;
      CLAUSTRUM_TRY(add_beside(object, *decoded));
      out.push_back(std::move(*decoded));
    }
  }
  for (const std::string_view name : kHolders) {
    const Json* holder = object.find(name);
    if (holder != nullptr && holder->is_object() && depth < kMaxHolders) {
      CLAUSTRUM_TRY(find_evidence(*holder, path + std::string(name) + ".", depth + 1, out));
    }
  }
  return ok_status();
}

}  // namespace

Result<Unwrapped> unwrap_json_object(const Json& object) {
  std::vector<Unwrapped> found;
  CLAUSTRUM_TRY(find_evidence(object, {}, 0, found));
  if (found.size() > 1) {
    return bad_json("two members may be the evidence; unwrap it");
  }
  if (found.empty()) {
    return bad_json("a JSON container we do not know; unwrap the evidence and give its bytes");
  }
  return std::move(found.front());
}

}  // namespace claustrum::evidence
