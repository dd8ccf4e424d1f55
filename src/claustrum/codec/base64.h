// SPDX-License-Identifier: Apache-2.0
// RFC 4648 base64, strict: no white space, canonical (unused bits zero), standard form padded, URL
// form unpadded. A lenient decoder would give one signed text two spellings.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::codec {

std::string base64_encode(BytesView bytes);
Result<Bytes> base64_decode(std::string_view text);
std::string base64url_encode(BytesView bytes);
Result<Bytes> base64url_decode(std::string_view text);

}  // namespace claustrum::codec
