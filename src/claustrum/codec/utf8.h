// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629), strict: no overlong forms, no surrogates, nothing above U+10FFFF. JSON and CBOR
// text go through this one reading; a lenient one would give a text two spellings in what we sign.
#pragma once

#include "claustrum/base/bytes.h"

namespace claustrum::codec {

// Length of the valid sequence that `text` begins with; 0 when it begins with none.
std::size_t utf8_sequence(BytesView text);
bool valid_utf8(BytesView text);
// `code` is a Unicode scalar value.
void append_utf8(std::string& out, std::uint32_t code);
// UTF-16 code units of valid UTF-8: the order RFC 8785 sorts members by.
std::u16string to_utf16(std::string_view text);
// At most 32 bytes of `text` with all but printable ASCII replaced by '?': for error texts, which
// reach terminals and must not carry control sequences.
std::string printable(std::string_view text);

}  // namespace claustrum::codec
