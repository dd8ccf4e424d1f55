// SPDX-License-Identifier: Apache-2.0
// What evidence arrives wrapped in: nothing, hex, base64, PEM, JSON as guests and services write it
// (Trustee, dstack, Intel Trust Authority, configfs-tsm), a CMW record, tag or collection as JSON
// or CBOR [draft-ietf-rats-msg-wrap], Open Enclave's header, and these in each other. Unwrapping
// decides nothing: the bytes inside stand on their own signatures. Guards against a guess nobody
// sees: what was taken is named, what could be one of two is not taken.
#pragma once

#include <map>
#include <string>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence {

inline constexpr std::size_t kMaxContainerLen = std::size_t{4} << 20;

struct Unwrapped {
  Bytes evidence;
  // From the outside in: "raw", "hex", "base64", "JSON member quote, base64",
  // "CMW record, base64url", "CBOR CMW collection of 2", ...
  std::string container;
  // What came beside it, by the name that verifiers know it as collateral under: "event_log",
  // "aa_event_log", "auxblob". The sender's word.
  std::map<std::string, Bytes, std::less<>> beside;
};

// A file that is no text and no container is raw, and so is a JSON Web Token. Malformed
// "envelope.text" for text that is neither hex nor base64, "envelope.json" for JSON without exactly
// one member that holds evidence or with one beside it that cannot be read, "envelope.cmw" for a
// CMW without exactly one piece of evidence, "envelope.pem", "envelope.depth"; exhausted
// "envelope.size" for text over kMaxContainerLen; unsupported "envelope.unsupported" for
// certificates.
Result<Unwrapped> unwrap_evidence(BytesView file);

// For unwrapped evidence that no platform knows: unsupported "envelope.unsupported", naming what it
// is (a CBOR or JSON Web Token, an EAT, a signed CMW, a TDREPORT, ...), or success where we do not
// know that either.
Status check_evidence_format(BytesView evidence);

}  // namespace claustrum::evidence
