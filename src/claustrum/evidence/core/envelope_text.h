// SPDX-License-Identifier: Apache-2.0
// Text forms of bytes, for the readers of containers (envelope.h).
#pragma once

#include <optional>

#include "claustrum/evidence/core/envelope.h"

namespace claustrum::evidence {

bool is_space(char c);
// Not empty; printable ASCII, blanks and line breaks only.
bool is_text(BytesView file);
// Hex (either case, "0x" in front, blanks and line breaks inside), base64, base64url with or
// without padding.
std::optional<Unwrapped> decode_text(std::string_view text);
// header.payload.signature, each base64url, or five such parts.
bool is_compact_jose(std::string_view text);

}  // namespace claustrum::evidence
