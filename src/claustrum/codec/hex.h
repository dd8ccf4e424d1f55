// SPDX-License-Identifier: Apache-2.0
// Lower-case hexadecimal out; either case in.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::codec {

std::string hex_encode(BytesView bytes);
Result<Bytes> hex_decode(std::string_view text);

}  // namespace claustrum::codec
