// SPDX-License-Identifier: Apache-2.0
// What evidence arrives wrapped in: nothing, hex, base64, or a member of a JSON object or a CMW
// record [draft-ietf-rats-msg-wrap]. Unwrapping decides nothing: the bytes inside stand on their
// own signatures. Guards against a guess nobody sees: what was taken is named.
#pragma once

#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence {

struct Unwrapped {
  Bytes evidence;
  std::string
      container;  // "raw", "hex", "base64", "JSON member quote, base64", "CMW record, base64url"
};

// A file that is no text is raw. Malformed "envelope.text" for text that is neither hex nor base64,
// "envelope.json" for JSON without exactly one member that holds evidence (quote, evidence, report,
// attestation_report), "envelope.cmw" for an array that is no CMW record.
Result<Unwrapped> unwrap_evidence(BytesView file);

}  // namespace claustrum::evidence
