// SPDX-License-Identifier: Apache-2.0
// Conceptual message wrappers: record, tag and collection, as JSON and as CBOR
// [draft-ietf-rats-msg-wrap]. Signed ones are named and not opened: their signature is part of what
// they say. Guards against evidence picked out of several.
#pragma once

#include <optional>

#include "claustrum/codec/cbor.h"
#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/envelope.h"

namespace claustrum::evidence {

// All records, in any depth of collections up to four, and nothing else beside "__cmwc_t".
bool is_json_collection(const codec::Json& object);
// Malformed "envelope.cmw".
Result<Unwrapped> unwrap_json_cmw(const codec::Json& value);
// Nothing for bytes that are no CBOR CMW; then they may be raw evidence.
std::optional<Result<Unwrapped>> unwrap_cbor_cmw(BytesView file);

}  // namespace claustrum::evidence
