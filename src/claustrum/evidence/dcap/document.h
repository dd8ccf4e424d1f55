// SPDX-License-Identifier: Apache-2.0
// What TCB Info and enclave identities have in common on paper: dates, bounded numbers, hex of a
// fixed length, levels. Strict in every member it reads, so that no half-read document widens what
// matches; tolerant of members it does not know, because Intel adds some and signs them all. Not
// for other folders.
#pragma once

#include "claustrum/evidence/dcap/tcb_info.h"

namespace claustrum::evidence::dcap {

// Levels in one document, levels of one module, module identities, advisories of one level.
inline constexpr std::size_t kMaxLevels = 256;
inline constexpr std::size_t kMaxModules = 64;
inline constexpr std::size_t kMaxAdvisories = 1024;
inline constexpr std::size_t kMaxAdvisoryLen = 64;

// The JSON of a signed document, an object.
Result<codec::Json> parse_document(BytesView json, std::size_t max_len);
// Any fault as the document's own: malformed `reason`. Unsupported stays, and so does an unknown
// status.
Error document_fault(const Error& error, std::string_view reason);

// A member that is an integer in [0, max].
Result<std::int64_t> number_at(const codec::Json& object, std::string_view key, std::int64_t max);
// RFC 3339 to the second and in UTC, the one form Intel writes: "2026-06-12T22:19:21Z".
Result<Instant> date_at(const codec::Json& object, std::string_view key);
// A member that is an array of `min` to `max` values; a pointer into `object`.
Result<const codec::Json::Array*> list_at(const codec::Json& object, std::string_view key,
                                          std::size_t min, std::size_t max);
Result<const codec::Json*> object_in(const codec::Json& object, std::string_view key);
template <std::size_t N>
Result<ByteArray<N>> hex_in(const codec::Json& object, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes bytes, object.hex_at(key, N));
  return to_array<N>(bytes);
}

Result<TcbStatus> status_at(const codec::Json& level);
// Absent means none.
Result<std::vector<std::string>> advisories_at(const codec::Json& level);
// "tcbLevels" of a module or an enclave, newest first. Only UpToDate, OutOfDate and Revoked: the
// other statuses speak of a platform, and the convergence table has no column for them.
Result<std::vector<SvnLevel>> svn_levels_at(const codec::Json& object);

}  // namespace claustrum::evidence::dcap
