// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/document.h"

#include <algorithm>
#include <functional>

namespace claustrum::evidence::dcap {
namespace {

constexpr std::string_view kUnknownStatus = "dcap.tcb_status";
constexpr std::int64_t kMaxSvn = 0xffff;

Error bad_member(std::string_view key) {
  return Error(Code::kMalformed, "dcap.document", "member \"" + std::string(key) + "\"");
}

Result<std::string> read_advisory(const codec::Json& value) {
  if (!value.is_string()) {
    return bad_member("advisoryIDs");
  }
  const std::string& text = value.string();
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || text.size() > kMaxAdvisoryLen || !printable) {
    return bad_member("advisoryIDs");
  }
  return text;
}

Result<SvnLevel> read_svn_level(const codec::Json& value) {
  SvnLevel out;
  CLAUSTRUM_TRY_ASSIGN(const codec::Json* tcb, object_in(value, "tcb"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t svn, number_at(*tcb, "isvsvn", kMaxSvn));
  out.isv_svn = static_cast<std::uint16_t>(svn);
  CLAUSTRUM_TRY_ASSIGN(out.date, date_at(value, "tcbDate"));
  CLAUSTRUM_TRY_ASSIGN(out.status, status_at(value));
  if (out.status != TcbStatus::kUpToDate && out.status != TcbStatus::kOutOfDate &&
      out.status != TcbStatus::kRevoked) {
    return Error(Code::kMalformed, kUnknownStatus, "a platform's status on a module or an enclave");
  }
  CLAUSTRUM_TRY_ASSIGN(out.advisories, advisories_at(value));
  return out;
}

}  // namespace

Result<codec::Json> parse_document(BytesView json, std::size_t max_len) {
  codec::JsonLimits limits;
  limits.max_bytes = max_len;
  limits.max_depth = 12;
  CLAUSTRUM_TRY_ASSIGN(codec::Json document, codec::parse_json(json, limits));
  if (!document.is_object()) {
    return Error(Code::kMalformed, "dcap.document", "not an object");
  }
  return document;
}

Error document_fault(const Error& error, std::string_view reason) {
  if (error.code() == Code::kUnsupported || error.reason() == kUnknownStatus) {
    return error;
  }
  return Error(Code::kMalformed, reason, error.text());
}

Result<std::int64_t> number_at(const codec::Json& object, std::string_view key, std::int64_t max) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t value, object.integer_at(key));
  if (value < 0 || value > max) {
    return bad_member(key);
  }
  return value;
}

Result<Instant> date_at(const codec::Json& object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, object.string_at(key));
  if (text.size() != std::string_view("2026-06-12T22:19:21Z").size() || text[10] != 'T' ||
      text.back() != 'Z') {
    return bad_member(key);
  }
  return parse_rfc3339(text);
}

Result<const codec::Json::Array*> list_at(const codec::Json& object, std::string_view key,
                                          std::size_t min, std::size_t max) {
  const codec::Json* member = object.find(key);
  if (member == nullptr || !member->is_array() || member->items().size() < min ||
      member->items().size() > max) {
    return bad_member(key);
  }
  return &member->items();
}

Result<const codec::Json*> object_in(const codec::Json& object, std::string_view key) {
  const codec::Json* member = object.find(key);
  if (member == nullptr || !member->is_object()) {
    return bad_member(key);
  }
  return member;
}

Result<TcbStatus> status_at(const codec::Json& level) {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, level.string_at("tcbStatus"));
  return parse_tcb_status(text);
}

Result<std::vector<std::string>> advisories_at(const codec::Json& level) {
  std::vector<std::string> out;
  if (level.find("advisoryIDs") == nullptr) {
    return out;
  }
  CLAUSTRUM_TRY_ASSIGN(const codec::Json::Array* ids,
                       list_at(level, "advisoryIDs", 0, kMaxAdvisories));
  for (const codec::Json& id : *ids) {
    CLAUSTRUM_TRY_ASSIGN(std::string text, read_advisory(id));
    out.push_back(std::move(text));
  }
  return out;
}

Result<std::vector<SvnLevel>> svn_levels_at(const codec::Json& object) {
  CLAUSTRUM_TRY_ASSIGN(const codec::Json::Array* levels,
                       list_at(object, "tcbLevels", 1, kMaxLevels));
  std::vector<SvnLevel> out;
  for (const codec::Json& level : *levels) {
    CLAUSTRUM_TRY_ASSIGN(SvnLevel read, read_svn_level(level));
    out.push_back(std::move(read));
  }
  std::ranges::sort(out, std::ranges::greater(), &SvnLevel::isv_svn);
  // Two levels of one version would let their order decide.
  if (std::ranges::adjacent_find(out, {}, &SvnLevel::isv_svn) != out.end()) {
    return Error(Code::kMalformed, "dcap.document", "a level occurs twice");
  }
  return out;
}

}  // namespace claustrum::evidence::dcap
