// SPDX-License-Identifier: Apache-2.0
// RFC 7468 textual encodings. Text outside blocks is ignored, as vendors put comments there; inside
// a block only base64 lines are accepted.
#pragma once

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::codec {

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  Bytes der;
};

std::string pem_encode(std::string_view label, BytesView der);
// At most 16 blocks of at most 64 KiB each; at least one block, else malformed "pem.empty".
Result<std::vector<PemBlock>> pem_decode(BytesView text);
bool looks_like_pem(BytesView data);

}  // namespace claustrum::codec
