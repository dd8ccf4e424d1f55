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

Status read_advisory(JsonView value, std::vector<std::string>& to) {
  if (!value.is_string()) {
    return bad_member("advisoryIDs");
  }
  const std::string_view text = value.string();
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || text.size() > kMaxAdvisoryLen || !printable) {
    return bad_member("advisoryIDs");
  }
  to.emplace_back(text);
  return ok_status();
}

Status read_svn_level(JsonView value, std::vector<SvnLevel>& to) {
  SvnLevel out;
  CLAUSTRUM_TRY_ASSIGN(const JsonView tcb, object_in(value, "tcb"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t svn, number_at(tcb, "isvsvn", kMaxSvn));
  out.isv_svn = static_cast<std::uint16_t>(svn);
  CLAUSTRUM_TRY_ASSIGN(out.date, date_at(value, "tcbDate"));
  CLAUSTRUM_TRY_ASSIGN(out.status, status_at(value));
  if (out.status != TcbStatus::kUpToDate && out.status != TcbStatus::kOutOfDate &&
      out.status != TcbStatus::kRevoked) {
    return Error(Code::kMalformed, kUnknownStatus, "a platform's status on a module or an enclave");
  }
  CLAUSTRUM_TRY_ASSIGN(out.advisories, advisories_at(value));
  to.push_back(std::move(out));
  return ok_status();
}

}  // namespace

Result<JsonText> parse_document(BytesView json) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxTcbInfoLen;
  limits.max_depth = 12;
  CLAUSTRUM_TRY_ASSIGN(JsonText document, JsonText::parse(as_text(json), limits));
  if (!document.root().is_object()) {
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

Result<std::int64_t> integer_at(JsonView object, std::string_view key) {
  const std::optional<JsonView> member = object.find(key);
  if (!member || !member->is_integer()) {
    return bad_member(key);
  }
  return member->integer();
}

std::optional<std::int64_t> number_in(JsonView object, std::string_view key, std::int64_t max) {
  const std::optional<JsonView> member = object.find(key);
  if (!member || !member->is_integer() || member->integer() < 0 || member->integer() > max) {
    return std::nullopt;
  }
  return member->integer();
}

Result<std::int64_t> number_at(JsonView object, std::string_view key, std::int64_t max) {
  const std::optional<std::int64_t> value = number_in(object, key, max);
  if (!value) {
    return bad_member(key);
  }
  return *value;
}

Result<std::string_view> string_at(JsonView object, std::string_view key) {
  const std::optional<JsonView> member = object.find(key);
  if (!member || !member->is_string()) {
    return bad_member(key);
  }
  return member->string();
}

Result<Instant> date_at(JsonView object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const std::string_view text, string_at(object, key));
  if (text.size() != std::string_view("2026-06-12T22:19:21Z").size() || text[10] != 'T' ||
      text.back() != 'Z') {
    return bad_member(key);
  }
  return parse_rfc3339(text);
}

Result<JsonView> list_at(JsonView object, std::string_view key, std::size_t min, std::size_t max) {
  const std::optional<JsonView> member = object.find(key);
  if (!member || !member->is_array() || member->size() < min || member->size() > max) {
    return bad_member(key);
  }
  return *member;
}

Result<JsonView> object_in(JsonView object, std::string_view key) {
  const std::optional<JsonView> member = object.find(key);
  if (!member || !member->is_object()) {
    return bad_member(key);
  }
  return *member;
}

Result<TcbStatus> status_at(JsonView level) {
  CLAUSTRUM_TRY_ASSIGN(const std::string_view text, string_at(level, "tcbStatus"));
  return parse_tcb_status(text);
}

Result<std::vector<std::string>> advisories_at(JsonView level) {
  std::vector<std::string> out;
  if (!level.find("advisoryIDs")) {
    return out;
  }
  CLAUSTRUM_TRY_ASSIGN(const JsonView ids, list_at(level, "advisoryIDs", 0, kMaxAdvisories));
  out.reserve(ids.size());
  for (const JsonView id : ids.items()) {
    CLAUSTRUM_TRY(read_advisory(id, out));
  }
  return out;
}

Result<std::vector<SvnLevel>> svn_levels_at(JsonView object) {
  CLAUSTRUM_TRY_ASSIGN(const JsonView levels, list_at(object, "tcbLevels", 1, kMaxLevels));
  std::vector<SvnLevel> out;
  out.reserve(levels.size());
  for (const JsonView level : levels.items()) {
    CLAUSTRUM_TRY(read_svn_level(level, out));
  }
  std::ranges::sort(out, std::ranges::greater(), &SvnLevel::isv_svn);
  // Two levels of one version would let their order decide.
  if (std::ranges::adjacent_find(out, {}, &SvnLevel::isv_svn) != out.end()) {
    return Error(Code::kMalformed, "dcap.document", "a level occurs twice");
  }
  return out;
}

}  // namespace claustrum::evidence::dcap
