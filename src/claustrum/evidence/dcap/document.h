// SPDX-License-Identifier: Apache-2.0
// What TCB Info and enclave identities have in common on paper: dates, bounded numbers, hex of a
// fixed length, levels. Strict in every member it reads, so that no half-read document widens what
// matches; tolerant of members it does not know, because Intel adds some and signs them all. Not
// for other folders.
#pragma once

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/dcap/json_text.h"
#include "claustrum/evidence/dcap/tcb_info.h"

namespace claustrum::evidence::dcap {

// Levels in one document, levels of one module, module identities, advisories of one level.
inline constexpr std::size_t kMaxLevels = 256;
inline constexpr std::size_t kMaxModules = 64;
inline constexpr std::size_t kMaxAdvisories = 1024;
inline constexpr std::size_t kMaxAdvisoryLen = 64;

// The JSON of a signed document, an object. `json` must outlive it.
Result<JsonText> parse_document(BytesView json);
// Any fault as the document's own: malformed `reason`. Unsupported stays, and so does an unknown
// status.
Error document_fault(const Error& error, std::string_view reason);

Result<std::int64_t> integer_at(JsonView object, std::string_view key);
// A member that is an integer in [0, max].
Result<std::int64_t> number_at(JsonView object, std::string_view key, std::int64_t max);
// Likewise, without an error's cost: TCB Info has hundreds.
std::optional<std::int64_t> number_in(JsonView object, std::string_view key, std::int64_t max);
// Of a string, lasts as long as the text.
Result<std::string_view> string_at(JsonView object, std::string_view key);
// RFC 3339 to the second and in UTC, the one form Intel writes: "2026-06-12T22:19:21Z".
Result<Instant> date_at(JsonView object, std::string_view key);
// A member that is an array of `min` to `max` values.
Result<JsonView> list_at(JsonView object, std::string_view key, std::size_t min, std::size_t max);
Result<JsonView> object_in(JsonView object, std::string_view key);
template <std::size_t N>
Result<ByteArray<N>> hex_in(JsonView object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const std::string_view text, string_at(object, key));
  CLAUSTRUM_TRY_ASSIGN(const Bytes bytes, codec::hex_decode(text));
  if (bytes.size() != N) {
    return Error(Code::kMalformed, "dcap.document", "member \"" + std::string(key) + "\"");
  }
  return to_array<N>(bytes);
}

Result<TcbStatus> status_at(JsonView level);
// Absent means none.
Result<std::vector<std::string>> advisories_at(JsonView level);
// "tcbLevels" of a module or an enclave, newest first. Only UpToDate, OutOfDate and Revoked: the
// other statuses speak of a platform, and the convergence table has no column for them.
Result<std::vector<SvnLevel>> svn_levels_at(JsonView object);

}  // namespace claustrum::evidence::dcap
